package wake

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// The queues in Redis.
const (
	QueueInbox  = "inbox"  // what people said, and due times of runs
	QueueOutbox = "outbox" // sends that were asked for, and due times of sends
	QueueHooks  = "hooks"  // notifications to the team
	QueueBulk   = "bulk"   // either, of a tenant that has very many at once
)

// The types of tasks, as people see them in asynqmon.
const (
	TypeContact     = "contact:work"
	TypeFollowUpDue = "followup:due"
	TypeRunDue      = "run:due"
	TypeSendDue     = "send:due"
	TypeCanaryDue   = "canary:due" // the installation measures its own lateness by it
	TypeNotify      = "notification:send"
)

const (
	// ringEarly is how much before its due time an alarm's task is processed: asynq cuts due times to the second and
	// looks for them in intervals (github.com/hibiken/asynq/issues/1071); the heap does the rest.
	ringEarly = 2 * time.Second
	// holdLimit is how far ahead of its due time an alarm may go on the heap of a process.
	holdLimit = 5 * time.Second
	// Every task has its limits: asynq's own would be 25 retries and half an hour.
	taskRetries = 3
	taskTimeout = 2 * time.Minute
	// handlerPatience is how long a handler waits for its work; less than taskTimeout, so that asynq never gives a task up.
	handlerPatience = 90 * time.Second
)

func queueNames() []string { return []string{QueueInbox, QueueOutbox, QueueHooks, QueueBulk} }

// payload is what a task carries: ids and an instant, never content.
type payload struct {
	TenantID       string    `json:"tenantId,omitempty"`
	ContactID      string    `json:"contactId,omitempty"`
	FollowUpID     string    `json:"followUpId,omitempty"`
	NotificationID string    `json:"notificationId,omitempty"`
	Kind           string    `json:"kind,omitempty"`
	ID             string    `json:"id,omitempty"`
	Token          int64     `json:"token,omitempty"`
	At             time.Time `json:"at,omitzero"`
	// Answer tells, in the queue of crowds, what was bound for the inbox.
	Answer bool `json:"answer,omitempty"`
}

func (p payload) ref() desk.Ref { return desk.Ref{TenantID: p.TenantID, ContactID: p.ContactID} }

func (p payload) alarm() desk.Alarm {
	return desk.Alarm{Kind: desk.AlarmKind(p.Kind), ID: p.ID, Token: p.Token, Ref: p.ref(), FollowUpID: p.FollowUpID, At: p.At}
}

// task makes a task; its id must be one that no task has had, because an id stays blocked while its task is handled.
func task(kind, queue, id string, content payload) *asynq.Task {
	body, err := json.Marshal(content)
	if err != nil {
		panic("a payload of texts and an instant always marshals: " + err.Error())
	}
	return asynq.NewTask(kind, body, asynq.Queue(queue), asynq.TaskID(id), asynq.MaxRetry(taskRetries), asynq.Timeout(taskTimeout))
}

// contactTask asks another process to work on a contact. Many wake-ups collapse before they leave this process;
// what leaves has an id of its own, so that none is lost against a task that is being handled.
func contactTask(queue string, ref desk.Ref, answer bool) *asynq.Task {
	return task(TypeContact, queue, "contact:"+ref.ContactID+":"+chat.NewID(), payload{TenantID: ref.TenantID, ContactID: ref.ContactID, Answer: answer})
}

func notificationTask(id string) *asynq.Task {
	return task(TypeNotify, QueueHooks, "notification:"+id+":"+chat.NewID(), payload{NotificationID: id})
}

// alarmID is the id of an alarm's task: the row, which due time of it, and which life of Redis.
func alarmID(alarm desk.Alarm, epoch string) string {
	return fmt.Sprintf("%s:%s:%d:%s", alarm.Kind, alarm.ID, alarm.Token, epoch)
}

func alarmQueue(alarm desk.Alarm) string {
	if alarm.Kind == desk.AlarmItem {
		return QueueOutbox
	}
	return QueueInbox
}

func alarmType(alarm desk.Alarm) string {
	switch {
	case alarm.FollowUpID != "":
		return TypeFollowUpDue
	case alarm.Kind == desk.AlarmCanary:
		return TypeCanaryDue
	case alarm.Kind == desk.AlarmItem:
		return TypeSendDue
	default:
		return TypeRunDue
	}
}

// ringAt is when the task of an alarm is to be processed.
func ringAt(alarm desk.Alarm) time.Time { return alarm.At.Truncate(time.Second).Add(-ringEarly) }

func alarmTask(alarm desk.Alarm, id string) *asynq.Task {
	return task(alarmType(alarm), alarmQueue(alarm), id, payload{
		TenantID: alarm.Ref.TenantID, ContactID: alarm.Ref.ContactID, FollowUpID: alarm.FollowUpID,
		Kind: string(alarm.Kind), ID: alarm.ID, Token: alarm.Token, At: alarm.At.UTC(),
	})
}
