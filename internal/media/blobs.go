package media

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// Blobs is a store of bytes: each is kept under its tenant and its checksum, once, whole or not at all.
// It is safe for concurrent use, by several processes too.
type Blobs struct {
	staging string
	keeper  keeper
	where   string
}

// keeper is one place for bytes. Keys are safe as file names and as names of objects.
type keeper interface {
	// keep puts the staged bytes under a key; it may take the staged file away.
	keep(ctx context.Context, key string, staged *Staged) error
	// read begins at an offset; fault.NotFound if there is nothing under the key.
	read(ctx context.Context, key string, offset int64) (io.ReadCloser, error)
	// remove takes the bytes away; that there are none is no error.
	remove(ctx context.Context, key string) error
	// check tells what would keep it from working.
	check(ctx context.Context) error
}

// Open finds the place that an address names: "file:///var/lib/retoma/media", "file://data/media" (relative), or
// "s3://KEY:SECRET@HOST/BUCKET/PREFIX?region=...&tls=false&style=path". Empty is a folder "media" below the data folder.
// Bytes on their way to S3 rest in the data folder.
func Open(address, dataFolder string) (*Blobs, error) {
	if address == "" {
		return openFolder(filepath.Join(dataFolder, "media"))
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("RETOMA_MEDIA_URL: write file://PATH or s3://KEY:SECRET@HOST/BUCKET, with what is special in a key escaped (%%2F for /)")
	}
	switch parsed.Scheme {
	case "file":
		path := filepath.FromSlash(parsed.Host + parsed.Path)
		if path == "" {
			return nil, fmt.Errorf("RETOMA_MEDIA_URL: file:// names no folder")
		}
		return openFolder(path)
	case "s3":
		return openS3(parsed, filepath.Join(dataFolder, "media-staging"))
	}
	return nil, fmt.Errorf("RETOMA_MEDIA_URL: write file://PATH or s3://KEY:SECRET@HOST/BUCKET, not %q", parsed.Scheme+"://")
}

func openFolder(path string) (*Blobs, error) {
	staging := filepath.Join(path, "staging")
	if err := prepareStaging(staging); err != nil {
		return nil, err
	}
	return &Blobs{staging: staging, keeper: folder{root: path}, where: path}, nil
}

func openS3(address *url.URL, staging string) (*Blobs, error) {
	bucket, err := newBucket(address)
	if err != nil {
		return nil, err
	}
	if err := prepareStaging(staging); err != nil {
		return nil, err
	}
	return &Blobs{staging: staging, keeper: bucket, where: bucket.String()}, nil
}

// String says where the bytes are, without credentials.
func (b *Blobs) String() string { return b.where }

// Check tells what would keep the place from working.
func (b *Blobs) Check(ctx context.Context) error { return b.keeper.check(ctx) }

// Keep puts staged bytes where they stay. Bytes that are there already are left as they are.
func (b *Blobs) Keep(ctx context.Context, tenantID string, staged *Staged) error {
	key, err := keyOf(tenantID, staged.SHA256)
	if err != nil {
		return err
	}
	if _, err := staged.file.Seek(0, io.SeekStart); err != nil {
		return unkept(err)
	}
	return unkept(b.keeper.keep(ctx, key, staged))
}

// Read begins to read a tenant's bytes at an offset. fault.NotFound: there are none under the checksum.
// The context must last as long as the reading.
func (b *Blobs) Read(ctx context.Context, tenantID, sum string, offset int64) (io.ReadCloser, error) {
	key, err := keyOf(tenantID, sum)
	if err != nil {
		return nil, err
	}
	body, err := b.keeper.read(ctx, key, offset)
	return body, unkept(err)
}

// Remove takes a tenant's bytes away for good.
func (b *Blobs) Remove(ctx context.Context, tenantID, sum string) error {
	key, err := keyOf(tenantID, sum)
	if err != nil {
		return err
	}
	return unkept(b.keeper.remove(ctx, key))
}

// keyOf names a blob. Tenant and checksum are checked, because they become parts of a path.
func keyOf(tenantID, sum string) (string, error) {
	if !chat.IsID(tenantID) || !isSum(sum) {
		return "", fault.New(fault.Internal, "no blob can be called %q", tenantID+"/"+sum)
	}
	return tenantID + "/" + sum[:2] + "/" + sum, nil
}

// unkept makes a fault of what a disk or a network said.
func unkept(err error) error {
	if err == nil || fault.CodeOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "o armazenamento de arquivos não responde; tente de novo em instantes")
}

func prepareStaging(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("making the folder for media: %w (choose another one with RETOMA_MEDIA_URL)", err)
	}
	return nil
}
