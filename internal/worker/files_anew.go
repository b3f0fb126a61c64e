package worker

import (
	"encoding/json"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

// handOverAnew sends a message once more, with fresh uploads, after its provider had taken it and then said in a report that
// it could not use a file of ours: what [pass.renewFiles] does where the answer to the send says so. It is a message of its
// own, because a state only moves forward and what is still said of the first must not be taken for news of the second
// (providers.md section 1.4). Its files remember what they were called, so there is never a third.
func (p *pass) handOverAnew(refused chat.Message, waits bool, at time.Time) (desk.Item, bool) {
	if !renewable(refused.Content) || p.overtaken(refused) || p.otherTryInDoubt(refused) {
		return desk.Item{}, false
	}
	content, err := copied(refused.Content)
	if err != nil {
		return desk.Item{}, false
	}
	names := map[string]string{}
	for _, file := range content.OwnFiles() {
		names[file.MediaID] = file.ID
		file.ID, file.Lost = "", file.ID
	}
	entry := p.entry("media", "again", "o provedor não conseguiu usar o arquivo que tinha recebido: o arquivo é entregue de novo, uma vez", map[string]any{
		"replaces": refused.ID, "files": names,
	})
	return p.instead(refused, content, refused.FallbackTemplate, entry, waits, at), true
}

// renewable tells whether a content has files of ours, all of them handed over, and none of them twice.
func renewable(content chat.Content) bool {
	own := content.OwnFiles()
	for _, file := range own {
		if file.ID == "" || file.Lost != "" {
			return false
		}
	}
	return len(own) > 0
}

// overtaken tells whether it is too late for a message to go again: it is older than maxLateness, or a follow-up after which the
// customer has written.
func (p *pass) overtaken(refused chat.Message) bool {
	if p.desk.Now.Sub(latest(refused.CreatedAt, refused.At)) > p.maxLateness() {
		return true
	}
	if refused.FollowUpID == "" {
		return false
	}
	for _, one := range p.desk.Conversations {
		if one, _ = p.desk.Conversation(one.ID); one.CustomerNumber > refused.ClaimNumber {
			return true
		}
	}
	return false
}

// otherTryInDoubt tells whether a message was tried more than once and nobody knows what came of one try: the report may be of
// that one, and the other may have arrived.
func (p *pass) otherTryInDoubt(refused chat.Message) bool {
	stored, err := p.worker.Store.Message(p.ctx, refused.TenantID, refused.ID)
	if err != nil {
		return true
	}
	tries, doubts := 0, 0
	for _, entry := range stored.Log {
		switch {
		case entry.Check == "fence" && entry.Verdict == "go":
			tries++
		case entry.Check == "unconfirmed":
			doubts++
		}
	}
	return tries > 1 && doubts > 0
}

// copied is a content that shares nothing with the first.
func copied(content chat.Content) (chat.Content, error) {
	var own chat.Content
	encoded, err := json.Marshal(content)
	if err == nil {
		err = json.Unmarshal(encoded, &own)
	}
	return own, err
}
