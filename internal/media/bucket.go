package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"retoma/internal/fault"
)

// bucket keeps blobs in an S3-compatible service. An object appears whole or not at all: it is put in one request, whose
// signature covers its checksum.
type bucket struct {
	client   *minio.Client
	endpoint string
	name     string
	prefix   string
}

// newBucket reads an address of the form s3://KEY:SECRET@HOST/BUCKET/PREFIX. Without a key in the address, those of the
// environment count (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, MINIO_...), then the machine's own role.
func newBucket(address *url.URL) (*bucket, error) {
	name, prefix, _ := strings.Cut(strings.Trim(address.Path, "/"), "/")
	if address.Host == "" || name == "" {
		return nil, fmt.Errorf("RETOMA_MEDIA_URL: write s3://KEY:SECRET@HOST/BUCKET, such as s3://...@s3.sa-east-1.amazonaws.com/retoma-media?region=sa-east-1")
	}
	options := &minio.Options{Secure: true, BucketLookup: minio.BucketLookupAuto}
	if err := bucketOptions(options, address.Query()); err != nil {
		return nil, err
	}
	options.Creds = credentialsOf(address.User)
	client, err := minio.New(address.Host, options)
	if err != nil {
		return nil, fmt.Errorf("RETOMA_MEDIA_URL: %w", err)
	}
	return &bucket{client: client, endpoint: address.Host, name: name, prefix: prefix}, nil
}

func bucketOptions(options *minio.Options, query url.Values) error {
	for name, values := range query {
		value := values[len(values)-1]
		switch {
		case name == "region":
			options.Region = value
		case name == "tls" && (value == "true" || value == "false"):
			options.Secure = value == "true"
		case name == "style" && value == "path":
			options.BucketLookup = minio.BucketLookupPath
		case name == "style" && value == "host":
			options.BucketLookup = minio.BucketLookupDNS
		default:
			return fmt.Errorf("RETOMA_MEDIA_URL: %s=%s is not known; there are region, tls=true|false and style=path|host", name, value)
		}
	}
	return nil
}

func credentialsOf(user *url.Userinfo) *credentials.Credentials {
	if user != nil && user.Username() != "" {
		secret, _ := user.Password()
		return credentials.NewStaticV4(user.Username(), secret, "")
	}
	return credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.EnvMinio{}, &credentials.IAM{}})
}

// String says where it is, without credentials.
func (b *bucket) String() string { return "s3://" + path.Join(b.endpoint, b.name, b.prefix) }

func (b *bucket) object(key string) string { return path.Join(b.prefix, key) }

func (b *bucket) keep(ctx context.Context, key string, staged *Staged) error {
	known, err := b.client.StatObject(ctx, b.name, b.object(key), minio.StatObjectOptions{})
	if err == nil && known.Size == staged.Size {
		return nil
	}
	if err != nil && !isMissing(err) {
		return err
	}
	_, err = b.client.PutObject(ctx, b.name, b.object(key), staged.file, staged.Size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	return err
}

func (b *bucket) read(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	object, err := b.client.GetObject(ctx, b.name, b.object(key), minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	if _, err := object.Stat(); err != nil {
		if isMissing(err) {
			err = fault.Wrap(fault.NotFound, err, "o arquivo não está mais no armazenamento")
		}
		return nil, errors.Join(err, object.Close())
	}
	if _, err := object.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, object.Close())
	}
	return object, nil
}

func (b *bucket) remove(ctx context.Context, key string) error {
	return b.client.RemoveObject(ctx, b.name, b.object(key), minio.RemoveObjectOptions{})
}

func (b *bucket) check(ctx context.Context) error {
	exists, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !exists {
		err = fmt.Errorf("there is no bucket %q", b.name)
	}
	return err
}

func isMissing(err error) bool {
	return minio.ToErrorResponse(err).StatusCode == http.StatusNotFound
}
