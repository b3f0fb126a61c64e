package conversations

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// ExportView is everything that is kept of a person, in the order in which it is written.
type ExportView struct {
	GeneratedAt   time.Time          `json:"generatedAt"`
	Contacts      []contactView      `json:"contacts" doc:"o contato e os que foram unidos a ele"`
	Conversations []conversationView `json:"conversations"`
	Messages      []HeldMessage      `json:"messages" doc:"com o registro de decisões; os arquivos, pelo link"`
	Files         []FileView         `json:"files" doc:"o que a pessoa enviou"`
	FollowUps     []HeldFollowUp     `json:"followups"`
	Runs          []HeldRun          `json:"runs" doc:"fluxos percorridos, com as variáveis"`
	Memory        []HeldText         `json:"memory" doc:"o que os assistentes lembram"`
	Words         []HeldText         `json:"words" doc:"textos guardados porque parecem comandos"`
	Events        []map[string]any   `json:"events" doc:"o que chegou do provedor e das plataformas, como foi guardado"`
	Told          []map[string]any   `json:"told" doc:"o que foi contado a assinaturas"`
	Notifications []HeldNotification `json:"notifications" doc:"o que foi contado à equipe"`
}

// HeldMessage is a message with all that it says, variables of templates included.
type HeldMessage struct {
	MessageView
	Content  chat.Content         `json:"content"`
	Fallback *chat.FilledTemplate `json:"fallback,omitempty" doc:"o modelo que iria em seu lugar com a janela fechada"`
	Log      []briefs.LogView     `json:"log"`
}

// HeldFollowUp is a follow-up of the person.
type HeldFollowUp struct {
	ID           string           `json:"id"`
	Flow         string           `json:"flow,omitempty" doc:"o nome do modelo, da regra ou do fluxo"`
	Status       string           `json:"status"`
	Attempt      int              `json:"attempt"`
	DueAt        *time.Time       `json:"dueAt,omitempty"`
	MessageID    string           `json:"messageId,omitempty"`
	SentAt       *time.Time       `json:"sentAt,omitempty"`
	CancelledAt  *time.Time       `json:"cancelledAt,omitempty"`
	CancelReason string           `json:"cancelReason,omitempty"`
	RespondedAt  *time.Time       `json:"respondedAt,omitempty"`
	FailedAt     *time.Time       `json:"failedAt,omitempty"`
	CreatedAt    time.Time        `json:"createdAt"`
	Log          []briefs.LogView `json:"log"`
}

// HeldRun is a flow that was walked for the person.
type HeldRun struct {
	ID        string           `json:"id"`
	FlowID    string           `json:"flowId"`
	Status    string           `json:"status"`
	Reason    string           `json:"reason,omitempty"`
	Vars      map[string]any   `json:"vars"`
	Trigger   map[string]any   `json:"trigger"`
	Outputs   map[string]any   `json:"outputs"`
	StartedAt time.Time        `json:"startedAt"`
	EndedAt   *time.Time       `json:"endedAt,omitempty"`
	Log       []briefs.LogView `json:"log"`
}

// HeldText is a remembered text.
type HeldText struct {
	Role string    `json:"role,omitempty" enum:"user,assistant"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// HeldNotification is what the team was told of the person.
type HeldNotification struct {
	Kind  string         `json:"kind"`
	Title string         `json:"title"`
	Text  string         `json:"text"`
	Data  map[string]any `json:"data"`
	At    time.Time      `json:"at"`
}

// exportContact gives everything that is kept of a person (LGPD, art. 18, II and V), as it is read: nobody holds all of it. Its
// last field, complete, says that nothing is missing.
func (h *Handlers) exportContact(c *fiber.Ctx) error {
	contact, err := h.ContactAt(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="contato-%d.json"`, contact.Number))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), web.FileTimeout) // it is read after this handler
	now := h.Now()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer cancel()
		writer := &exportWriter{w: w}
		writer.begin(now)
		if err := h.Store.Export(ctx, contact.TenantID, contact.ID, writer.held()); err != nil {
			return // the document is cut off, and says so by not saying "complete"
		}
		writer.end()
	})
	return nil
}

// exportWriter writes the document of [ExportView] a row at a time.
type exportWriter struct {
	w *bufio.Writer
	// open is how many sections were begun; rows, how many rows the last of them has.
	open, rows int
}

// sections are the lists of an export, in order.
func sections() []string {
	return []string{"contacts", "conversations", "messages", "files", "followups", "runs", "memory", "words", "events", "told", "notifications"}
}

func (x *exportWriter) begin(now time.Time) {
	fmt.Fprintf(x.w, `{"success":true,"data":{"generatedAt":%q`, now.UTC().Format(time.RFC3339))
}

// advance closes what is open up to a section and begins it.
func (x *exportWriter) advance(upTo int) {
	for x.open < upTo {
		if x.open > 0 {
			fmt.Fprint(x.w, "]")
		}
		fmt.Fprintf(x.w, ",%q:[", sections()[x.open])
		x.open, x.rows = x.open+1, 0
	}
}

func (x *exportWriter) end() {
	x.advance(len(sections()))
	fmt.Fprint(x.w, `]},"complete":true}`)
}

// row writes one row of a section, counted from 1. Its error is the caller's going away.
func (x *exportWriter) row(section int, view any) error {
	x.advance(section)
	raw, err := json.Marshal(view)
	if err != nil {
		return err
	}
	if x.rows++; x.rows > 1 {
		if err := x.w.WriteByte(','); err != nil {
			return err
		}
	}
	_, err = x.w.Write(raw)
	return err
}

func (x *exportWriter) held() desk.Held {
	return desk.Held{
		Contact: func(one chat.Contact) error {
			view := viewContact(one)
			view.Keys = viewKeys(one.Keys)
			return x.row(1, view)
		},
		Conversation: func(one chat.Conversation) error { return x.row(2, viewConversation(one)) },
		Message: func(one chat.Message) error {
			return x.row(3, HeldMessage{MessageView: viewMessage(one), Content: one.Content, Fallback: one.FallbackTemplate, Log: briefs.LogOf("message", one.Log)})
		},
		File:         func(one chat.File) error { return x.row(4, viewFile(one)) },
		FollowUp:     func(one desk.HeldFollowUp) error { return x.row(5, viewHeldFollowUp(one)) },
		Run:          func(one desk.HeldRun) error { return x.row(6, viewHeldRun(one)) },
		Memory:       func(one desk.HeldText) error { return x.row(7, HeldText(one)) },
		Word:         func(one desk.HeldText) error { return x.row(8, HeldText(one)) },
		Event:        func(one json.RawMessage) error { return x.row(9, one) },
		Told:         func(one desk.OutgoingEvent) error { return x.row(10, json.RawMessage(one.Body)) },
		Notification: func(one desk.Notification) error { return x.row(11, viewHeldNotification(one)) },
	}
}

func viewHeldFollowUp(f desk.HeldFollowUp) HeldFollowUp {
	return HeldFollowUp{
		ID: f.ID, Flow: f.Flow, Status: f.State, Attempt: f.Attempt, DueAt: web.When(f.DueAt), MessageID: f.MessageID, SentAt: web.When(f.SentAt),
		CancelledAt: web.When(f.CancelledAt), CancelReason: f.CancelReason, RespondedAt: web.When(f.RespondedAt), FailedAt: web.When(f.FailedAt),
		CreatedAt: f.CreatedAt.UTC(), Log: briefs.LogOf("followup", f.Log),
	}
}

func viewHeldRun(r desk.HeldRun) HeldRun {
	return HeldRun{
		ID: r.ID, FlowID: r.FlowID, Status: r.State, Reason: r.Reason, Vars: some(r.Vars), Trigger: some(r.Trigger), Outputs: some(r.Outputs),
		StartedAt: r.StartedAt.UTC(), EndedAt: web.When(r.EndedAt), Log: briefs.LogOf("followup", r.Log),
	}
}

func viewHeldNotification(n desk.Notification) HeldNotification {
	return HeldNotification{Kind: n.Kind, Title: n.Title, Text: n.Text, Data: some(n.Data), At: n.At.UTC()}
}

// some shows nothing as an empty object.
func some(values map[string]any) map[string]any {
	if values == nil {
		return map[string]any{}
	}
	return values
}

func describeExport(op *huma.Operation, schemas huma.Registry) {
	op.Description += " O documento é escrito à medida que é lido e pode ser grande; complete, no fim, diz que nada falta. " +
		"Os arquivos se buscam pelo url de cada um."
	web.Answers(op, "200", schemas.Schema(reflect.TypeFor[exportAnswer](), true, "ExportAnswer"))
}

type exportAnswer struct {
	web.Success[ExportView]
	Complete bool `json:"complete" enum:"true" doc:"sempre true; um documento sem este campo foi interrompido"`
}
