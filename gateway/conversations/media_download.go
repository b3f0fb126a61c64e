package conversations

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// downloadFile gives a file's bytes. They are a stranger's: no browser is to show or run them in our name.
func (h *Handlers) downloadFile(c *fiber.Ctx) error {
	file, err := h.fileAt(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	switch {
	case file.State == chat.FileFetching:
		failure := fault.New(fault.Unavailable, "o arquivo ainda está sendo buscado no provedor; tente de novo em instantes")
		return failure
	case file.State != chat.FileKept:
		return fault.New(fault.Impossible, "o arquivo não pôde ser obtido do provedor: %s", file.Problem)
	case h.Files == nil:
		return fault.New(fault.Unavailable, "esta instalação não guarda arquivos")
	}
	tag := `"` + file.SHA256 + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache") // kept by the caller, asked for each time: a file may be deleted
	if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
		return c.SendStatus(http.StatusNotModified)
	}
	part, err := partOf(c.Get(fiber.HeaderRange), c.Get(fiber.HeaderIfRange), tag, file.Size)
	if err != nil {
		c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(file.Size, 10))
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), web.FileTimeout) // it is read after this handler
	body, err := h.Files.Read(ctx, file, part.from)
	if err != nil {
		cancel()
		return err
	}
	fileHeaders(c, file, part)
	return c.SendStream(&lasting{Reader: io.LimitReader(body, part.size), body: body, cancel: cancel}, int(part.size))
}

// lasting is a body that ends its context when it is closed.
type lasting struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

// Close ends the reading.
func (l *lasting) Close() error {
	defer l.cancel()
	return l.body.Close()
}

func fileHeaders(c *fiber.Ctx, file chat.File, part filePart) {
	kind := file.MIME
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		kind = fiber.MIMEOctetStream
	}
	c.Set(fiber.HeaderContentType, kind)
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": file.FileName})
	if file.FileName == "" || disposition == "" {
		disposition = "attachment"
	}
	c.Set(fiber.HeaderContentDisposition, disposition)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	if part.asked {
		c.Status(http.StatusPartialContent)
		c.Set(fiber.HeaderContentRange, "bytes "+strconv.FormatInt(part.from, 10)+"-"+strconv.FormatInt(part.from+part.size-1, 10)+"/"+strconv.FormatInt(file.Size, 10))
	}
}

// matches compares an If-None-Match header with a tag (RFC 9110 section 13.1.2).
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// filePart is what is asked of a file, in bytes.
type filePart struct {
	from, size int64
	asked      bool
}

// partOf reads a Range header of one part (RFC 9110 section 14.1.2); of anything else the whole file is given. A part that
// begins behind the end is refused with 416.
func partOf(header, ifRange, tag string, size int64) (filePart, error) {
	whole := filePart{size: size}
	written, is := strings.CutPrefix(header, "bytes=")
	if !is || (ifRange != "" && ifRange != tag) {
		return whole, nil
	}
	first, last, is := strings.Cut(written, "-")
	if !is || strings.Contains(written, ",") {
		return whole, nil
	}
	from, to, readable := bounds(first, last, size)
	if !readable {
		return whole, nil
	}
	if from >= size {
		return whole, fiber.ErrRequestedRangeNotSatisfiable
	}
	return filePart{from: from, size: min(to, size-1) - from + 1, asked: true}, nil
}

// bounds reads the first and the last byte that a range names; without a first one, last counts from the end.
func bounds(first, last string, size int64) (from, to int64, readable bool) {
	number := func(text string) int64 {
		parsed, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return -1
		}
		return parsed
	}
	if first == "" {
		tail := number(last)
		return size - min(tail, size), size - 1, tail > 0 && size > 0
	}
	from, to = number(first), size-1
	if last != "" {
		to = number(last)
		return from, to, from >= 0 && to >= from
	}
	return from, to, from >= 0
}

func describeDownload(op *huma.Operation, _ huma.Registry) {
	op.Description += " Responde a Range e If-None-Match (o ETag é o SHA-256)."
	content := map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	op.Responses["200"] = &huma.Response{Description: "O conteúdo", Content: content}
	op.Responses["206"] = &huma.Response{Description: "Uma parte do conteúdo", Content: content}
	op.Responses["304"] = &huma.Response{Description: "Não mudou"}
}
