package worker

import (
	"context"
	"errors"
	"time"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/trace"
)

// Writer lets an assistant write a message's text. It ends soon after its context does.
type Writer interface {
	Write(ctx context.Context, job actions.WritingJob) (actions.Written, error)
}

// write gives a message to its assistant, once everything but its text is ready to go. The row can be taken back as long
// as the assistant writes; its policies are judged again, fence included, when the text is there. Without a free place in
// the pool the row stays as it is and is looked at again soon.
func (p *pass) write(item desk.Item, call actions.Call, log []chat.LogEntry) error {
	writing := item.Message.Content.Writing
	assistant, known := p.setup.Assistants[writing.AssistantID]
	if !known {
		return p.unwritten(item, fault.New(fault.AIUnconfigured, "o assistente desta etapa não existe mais"), p.desk.Now)
	}
	if !p.worker.writing.take(p.desk.Contact.TenantID) {
		p.wakeAt(p.desk.Now.Add(writingPause))
		return nil
	}
	item.Message.Log = append(item.Message.Log, log...)
	p.writings = append(p.writings, writingTask{item: item.ID, job: actions.WritingJob{
		Tenant: p.setup.Tenant, Assistant: assistant, Contact: p.desk.Contact, Conversation: call.Conversation, Message: item.Message,
		Vars: p.varsOf(item), Zone: p.zoneOn(call.Channel),
	}})
	p.desk.Write(item)
	return nil
}

func (p *pass) varsOf(item desk.Item) map[string]any {
	if run, known := p.runOf(item); known {
		return run.Vars
	}
	return nil
}

// written notes what an assistant came to. A text takes the prompt's place; without one the author's fallback does, and
// without that the message has failed.
func (p *pass) written(item desk.Item, outcome desk.Outcome) error {
	item.Message.Log = append(item.Message.Log, outcome.Log...)
	switch problem := outcome.Draft.Error; {
	case problem == nil:
		p.useText(item, outcome.Draft.Text, "o assistente escreveu")
		return nil
	case errors.Is(problem, context.Canceled):
		p.writeAgain(item, "o processo parou enquanto o assistente escrevia")
		return nil
	case p.ourTrouble(problem) && p.desk.Now.Sub(item.Message.CreatedAt) <= p.maxLateness():
		p.postpone(item, fault.Of(problem), "assistant", p.desk.Now.Add(troubleWait))
		return nil
	default:
		return p.unwritten(item, fault.Of(problem), outcome.At)
	}
}

// troubleWait is the pause before an assistant writes again after trouble of our own.
const troubleWait = 10 * time.Second

// ourTrouble tells a database that was away, or whatever else is no fault of the assistant's, from an assistant that cannot write: that
// passes, and no follow-up is lost for it.
func (p *pass) ourTrouble(problem error) bool {
	code := fault.Of(problem).Code
	return (code == fault.Unavailable || code == fault.Internal) && !errors.Is(problem, context.DeadlineExceeded)
}

func (p *pass) unwritten(item desk.Item, problem *fault.Error, at time.Time) error {
	values := map[string]any{"code": string(problem.Code)}
	if fallback := item.Message.Content.Writing.Fallback; fallback != "" {
		item.Message.Log = append(item.Message.Log, p.entry("assistant", "fallback", problem.Explained(), values))
		p.useText(item, fallback, "vai o texto de reserva")
		return nil
	}
	item.Message.Log = append(item.Message.Log, p.entry("assistant", "failed", problem.Explained(), values))
	return p.fail(item, problem, at)
}

func (p *pass) useText(item desk.Item, text, reason string) {
	item.Message.Content = chat.Content{Type: chat.Text, Text: text, Trace: item.Message.Content.Trace}
	item.Message.Log = append(item.Message.Log, p.entry("assistant", "text", reason, map[string]any{"characters": len([]rune(text))}))
	p.requeue(&item, p.desk.Now)
	p.desk.SaveItem(item)
	p.wakeAt(p.desk.Now) // where this pass has judged the outbox already, another look is needed
}

// writeAgain puts a message back into the queue that nobody writes any more. Nothing was sent, so nothing is in doubt.
func (p *pass) writeAgain(item desk.Item, reason string) {
	item.Message.Log = append(item.Message.Log, p.entry("assistant", "later", reason, nil))
	p.requeue(&item, p.desk.Now)
	p.desk.SaveItem(item)
	p.wakeAt(p.desk.Now)
}

// writingTask is a text that an assistant is to write once its row is committed.
type writingTask struct {
	item string
	job  actions.WritingJob
}

// Writing tells how many texts assistants are writing in this process.
func (w *Worker) Writing() int {
	w.writing.mutex.Lock()
	defer w.writing.mutex.Unlock()
	return w.writing.taken
}

// Stop ends what assistants are writing; their messages go back into the queue. It waits for that only a moment: what
// cannot be noted in time is found again when its lease is over.
func (w *Worker) Stop() {
	w.writing.stop()
	ended := make(chan struct{})
	go func() {
		w.writing.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(writingPatience):
	}
}

// startWriting begins a text beside everything else, and comes back to the contact with it.
func (w *Worker) startWriting(ref desk.Ref, task writingTask) {
	go func() {
		defer w.writing.give(ref.TenantID)
		w.writing.begin(task.item, w.keepWriting)
		outcome := w.draft(task)
		w.writing.end(task.item)
		if err := w.work(context.Background(), ref, []desk.Outcome{outcome}); err != nil {
			w.Logger.Error("a written text could not be noted", "tenant", ref.TenantID, "message", task.item, "error", err)
		}
	}()
}

// keepWriting tells other processes that this one still writes. If it cannot, another one may write the text too; the one
// that comes later is thrown away.
func (w *Worker) keepWriting(ctx context.Context, ids []string) {
	if err := w.Store.KeepWriting(ctx, ids); err != nil {
		w.Logger.Warn("other processes could not be told that assistants still write", "messages", len(ids), "error", err)
	}
}

func (w *Worker) draft(task writingTask) desk.Outcome {
	limit := task.job.Assistant.TimeLimit
	if limit <= 0 {
		limit = chat.DefaultAITimeLimit
	}
	ctx, cancel := context.WithTimeout(w.writing.context, limit+writingGrace)
	defer cancel()
	ctx, span := w.Trace.Start(ctx, task.job.Message.Content.Trace, trace.Client, "assistant", "retoma.tenant", task.job.Tenant.ID, "retoma.message", task.item)
	began := w.Now()
	outcome := desk.Outcome{ItemID: task.item, Draft: &desk.Draft{}}
	if w.Writer == nil {
		outcome.Draft.Error = fault.New(fault.AIUnconfigured, "esta instalação não tem assistentes de IA")
	} else {
		var written actions.Written
		written, outcome.Draft.Error = w.Writer.Write(ctx, task.job)
		outcome.Draft.Text, outcome.Log = written.Text, written.Log
	}
	if w.writing.context.Err() != nil && outcome.Draft.Error != nil {
		outcome.Draft.Error = context.Canceled
	}
	outcome.At = w.Now()
	took := outcome.At.Sub(began)
	span.End(failureName(outcome.Draft.Error))
	w.Observe(Observation{Name: SawWriting, Outcome: outcomeName(outcome.Draft.Error), Seconds: took.Seconds()})
	w.Logger.Info("assistant wrote", "tenant", task.job.Tenant.ID, "message", task.item, "assistant", task.job.Assistant.ID,
		"followup", task.job.Message.FollowUpID, "outcome", outcomeName(outcome.Draft.Error), "ms", took.Milliseconds())
	return outcome
}

// dropWritings gives back the places of texts whose rows were not committed.
func (w *Worker) dropWritings(tenantID string, tasks []writingTask) {
	for range tasks {
		w.writing.give(tenantID)
	}
}
