package conversations

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// uploadFile keeps a file: a form's part "file", or the body itself with its Content-Type. It is read as it comes; nothing
// of it is in memory as a whole.
func (h *Handlers) uploadFile(c *fiber.Ctx) error {
	if h.Files == nil {
		return fault.New(fault.Unavailable, "esta instalação não guarda arquivos")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), web.FileTimeout)
	defer cancel()
	body, claim, err := readUpload(c)
	if err != nil {
		return err
	}
	key := h.Repeats.Keyed(ctx, c)
	rest := claim.Staged
	claim.Staged = func(sum string) error {
		if rest != nil {
			if err := rest(sum); err != nil {
				return err
			}
		}
		return key.Begin(uploadFingerprint(c, claim, sum))
	}
	file, err := h.Files.Take(ctx, web.TenantOf(ctx), body, claim)
	if errors.Is(err, web.ErrReplayed) {
		return nil
	}
	if err = uploadProblem(err); err == nil {
		err = web.AsJSON(c, http.StatusCreated, web.Success[FileView]{Success: true, Data: viewFile(file)})
	}
	return key.End(err)
}

// uploadProblem tells a sender who broke off from a store that failed.
func uploadProblem(err error) error {
	var known *fault.Error
	var own *fiber.Error
	switch {
	case err == nil, errors.As(err, &known), errors.As(err, &own):
		return err
	}
	return web.BrokenBody(err)
}

// uploadFingerprint tells whether two uploads with one Idempotency-Key are the same.
func uploadFingerprint(c *fiber.Ctx, claim desk.FileClaim, sum string) string {
	whole := sha256.Sum256(fmt.Appendf(nil, "%q", []string{web.TenantOf(c.UserContext()), c.Method(), web.FilesPath, sum, string(claim.Kind), claim.MIME, claim.FileName}))
	return hex.EncodeToString(whole[:])
}

// bodyOf is the body as it comes.
func bodyOf(c *fiber.Ctx) io.Reader {
	if c.Request().IsBodyStream() {
		return &cutAt{from: c.Request().BodyStream(), left: web.FileLimit}
	}
	return bytes.NewReader(c.Request().Body())
}

// cutAt refuses a body that goes on too long, whatever it announced. Its end is its end: the server's stream, asked once
// more, would wait for another request.
type cutAt struct {
	from  io.Reader
	left  int64
	ended error
}

func (r *cutAt) Read(p []byte) (int, error) {
	if r.ended != nil {
		return 0, r.ended
	}
	n, err := r.from.Read(p)
	if r.left -= int64(n); r.left < 0 {
		err = web.ErrFileTooLarge()
	}
	r.ended = err
	return n, err
}

// readUpload finds the file in a request, and what is said about it.
func readUpload(c *fiber.Ctx) (io.Reader, desk.FileClaim, error) {
	claim := desk.FileClaim{Kind: chat.ContentType(c.Query("kind")), FileName: c.Query("fileName")}
	body := bodyOf(c)
	kind, parameters, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil && c.Get(fiber.HeaderContentType) != "" {
		return nil, claim, fault.Field("Content-Type", "tipo malformado")
	}
	if kind == fiber.MIMEMultipartForm {
		return readForm(multipart.NewReader(body, parameters["boundary"]), claim)
	}
	claim.MIME = c.Get(fiber.HeaderContentType)
	if _, disposition, err := mime.ParseMediaType(c.Get(fiber.HeaderContentDisposition)); err == nil && claim.FileName == "" {
		claim.FileName = disposition["filename"]
	}
	return body, claim, nil
}

const (
	// maxParts and maxValue bound what stands in a form beside the file.
	maxParts = 20
	maxValue = 1 << 10
)

// readForm reads a form up to its file. What is said of the file stands before it, because the form is read as it comes.
func readForm(form *multipart.Reader, claim desk.FileClaim) (io.Reader, desk.FileClaim, error) {
	for range maxParts {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, claim, fault.Required("file")
		}
		if err != nil {
			return nil, claim, fault.Field("file", "formulário malformado")
		}
		if part.FormName() == "file" {
			claim.MIME = part.Header.Get(fiber.HeaderContentType)
			if claim.FileName == "" {
				claim.FileName = part.FileName()
			}
			claim.Staged = func(string) error { return readRest(form) }
			return part, claim, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxValue+1))
		if err != nil || len(value) > maxValue {
			return nil, claim, fault.Field(web.Nameable(part.FormName()), "valor longo demais")
		}
		switch text := strings.TrimSpace(string(value)); part.FormName() {
		case "kind":
			claim.Kind = chat.ContentType(text)
		case "fileName":
			claim.FileName = text
		default:
			return nil, claim, unknownPart(part)
		}
	}
	return nil, claim, fault.Field("file", "o formulário tem partes demais")
}

// readRest reads what comes after the file: nothing that counts may.
func readRest(form *multipart.Reader) error {
	part, err := form.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return fault.Field("file", "o formulário termina antes do fim")
	case part.FormName() == "file":
		return fault.Field("file", "mande um arquivo por vez")
	case part.FormName() == "kind" || part.FormName() == "fileName":
		return fault.Field(part.FormName(), "mande este campo antes do arquivo")
	}
	return unknownPart(part)
}

func unknownPart(part *multipart.Part) error {
	return fault.Field(web.Nameable(part.FormName()), "campo desconhecido: o formulário tem kind, fileName e file")
}

func describeUpload(op *huma.Operation, schemas huma.Registry) {
	bytesOf := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	kinds := &huma.Schema{Type: huma.TypeString, Enum: []any{"image", "video", "audio", "document", "sticker"}}
	op.Parameters = append(op.Parameters,
		&huma.Param{Name: "kind", In: "query", Schema: kinds, Description: "como enviar; se não for dado, pelo tipo do arquivo"},
		&huma.Param{Name: "fileName", In: "query", Schema: &huma.Schema{Type: huma.TypeString}},
	)
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		fiber.MIMEMultipartForm: {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": bytesOf, "kind": kinds, "fileName": {Type: huma.TypeString},
		}}},
		"*/*": {Schema: bytesOf},
	}}
	op.Description += " Até 100 MB; imagem 5 MB (JPEG, PNG), vídeo 16 MB (MP4, 3GP), áudio 16 MB, figurinha 100 KB (500 KB animada, WebP); " +
		"documentos: PDF, texto, Word, Excel, PowerPoint. O que o WhatsApp não aceita é recusado com a lista. " +
		"Os mesmos bytes outra vez são o mesmo arquivo. O id serve como attachment.mediaId."
	web.Answers(op, "201", schemas.Schema(reflect.TypeFor[web.Success[FileView]](), true, "SuccessFileView"))
}
