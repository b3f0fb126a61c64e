package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"retoma/internal/fault"
)

// snapshot is everything that outlives a restart.
type snapshot struct {
	Version    int            `json:"version"`
	Issued     uint64         `json:"issued"`
	Businesses []Business     `json:"businesses"`
	Faults     faultsView     `json:"faults"`
	Phones     []savedPhone   `json:"phones"`
	Files      []savedFile    `json:"files"`
	Webhooks   []savedWebhook `json:"webhooks"`
}

// savedPhone has the phones in the order of their last use, the one used last first.
type savedPhone struct {
	Number  string               `json:"number"`
	Name    string               `json:"name"`
	On      bool                 `json:"on"`
	Reading bool                 `json:"reading"`
	Wrote   map[string]time.Time `json:"wrote"`
	Dialled map[string]time.Time `json:"dialled,omitempty"`
	Traits  traits               `json:"traits,omitzero"`
	Entries []savedEntry         `json:"messages"`
}

type savedEntry struct {
	Message
	Pricing    *pricing `json:"pricing,omitempty"`
	Doom       int      `json:"doom,omitempty"`
	AfterSent  bool     `json:"afterSent,omitempty"`
	ReadWanted bool     `json:"readWanted,omitempty"`
	Skip       bool     `json:"skip,omitempty"`
	Silent     bool     `json:"silent,omitempty"`
	// HeldUntil and HeldDrop are of a template that is held.
	HeldUntil time.Time `json:"heldUntil,omitzero"`
	HeldDrop  bool      `json:"heldDrop,omitempty"`
}

type savedFile struct {
	PhoneNumberID string    `json:"phoneNumberId"`
	Media         Media     `json:"media"`
	Data          []byte    `json:"data,omitempty"`
	At            time.Time `json:"at,omitzero"`
	Uploaded      bool      `json:"uploaded,omitempty"`
}

// savedWebhook keeps the body as it was signed and posted before, and the message it is about.
type savedWebhook struct {
	PhoneNumberID string `json:"phoneNumberId"`
	MessageID     string `json:"messageId,omitempty"`
	Body          string `json:"body"`
	Attempts      int    `json:"attempts"`
	// Born is when it was made.
	Born time.Time `json:"born,omitzero"`
}

const snapshotVersion = 1

// Snapshot is the whole state as JSON: businesses with their secrets, phones, faults, files and webhooks not yet answered.
// Taken after [Server.Close] nothing is missing; before, what happens meanwhile may be.
func (s *Server) Snapshot() ([]byte, error) {
	s.mu.Lock()
	saved := snapshot{Version: snapshotVersion, Issued: s.ids.issued, Businesses: s.registry.list(), Faults: s.faults.view()}
	saved.Faults.Armed = s.faults.armedView(s.now())
	for _, p := range s.book.list(len(s.book.phones)) {
		saved.Phones = append(saved.Phones, p.save())
	}
	for _, id := range s.files.order {
		file := s.files.byID[id]
		saved.Files = append(saved.Files, savedFile{PhoneNumberID: file.phoneNumberID, Media: file.media, Data: file.data, At: file.at, Uploaded: file.uploaded})
	}
	saved.Webhooks = s.courier.save()
	s.mu.Unlock()
	return json.Marshal(saved)
}

func (p *phone) save() savedPhone {
	saved := savedPhone{Number: p.number, Name: p.name, On: p.on, Reading: p.reading, Wrote: maps.Clone(p.wrote),
		Dialled: maps.Clone(p.dialled), Traits: p.traits, Entries: make([]savedEntry, 0, len(p.entries))}
	for _, e := range p.entries {
		saved.Entries = append(saved.Entries, savedEntry{Message: e.shown(), Pricing: e.pricing, Doom: e.doom, AfterSent: e.afterSent,
			ReadWanted: e.readWanted, Skip: e.skip, Silent: e.silent, HeldUntil: e.heldUntil, HeldDrop: e.heldDrop})
	}
	return saved
}

func (c *courier) save() []savedWebhook {
	c.mu.Lock()
	defer c.mu.Unlock()
	saved := make([]savedWebhook, 0, len(c.pending))
	for _, number := range slices.Sorted(maps.Keys(c.pending)) {
		d := c.pending[number]
		webhook := savedWebhook{PhoneNumberID: d.phoneNumberID, Body: string(d.body), Attempts: d.attempts, Born: d.born}
		if d.entry != nil {
			webhook.MessageID = d.entry.ID
		}
		saved = append(saved, webhook)
	}
	return saved
}

// Restore continues from a [Server.Snapshot] on a server that has seen no message yet: statuses that were due go on, webhooks that
// were not answered are posted again. Businesses and templates that this server was made with win over the saved ones, because
// an address or secret may have changed since.
func (s *Server) Restore(document []byte) error {
	var saved snapshot
	if err := json.Unmarshal(document, &saved); err != nil {
		return fault.Wrap(fault.Invalid, err, "o estado salvo não pode ser lido")
	}
	if saved.Version != snapshotVersion {
		return fault.New(fault.Invalid, "versão %d do estado salvo é desconhecida", saved.Version)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.book.phones) > 0 {
		return fault.New(fault.Conflict, "só um servidor sem mensagens pode continuar um estado salvo")
	}
	if err := s.restoreBusinesses(saved.Businesses); err != nil {
		return err
	}
	s.ids.skip(saved.Issued + 1)
	s.restoreFaults(saved.Faults)
	for _, file := range saved.Files {
		restored := &ownedFile{phoneNumberID: file.PhoneNumberID, media: file.Media, data: file.Data, at: file.At, uploaded: file.Uploaded}
		if restored.at.IsZero() {
			restored.at = s.now()
		}
		s.files.put(restored)
	}
	s.restorePhones(saved.Phones)
	s.planTemplates()
	s.restoreWebhooks(saved.Webhooks)
	return nil
}

func (s *Server) restoreBusinesses(saved []Business) error {
	for _, b := range saved {
		if s.registry.businesses[b.PhoneNumberID] != nil {
			continue
		}
		if waba := s.registry.accounts[b.WabaID]; waba != nil {
			b.Templates, b.Unsubscribed = nil, !waba.subscribed
		}
		if err := s.registry.put(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) restoreFaults(saved faultsView) {
	s.faults.general = saved.Faults.clone()
	for id, own := range saved.Numbers {
		s.faults.set(id, own.clone())
	}
	for _, rule := range saved.Armed {
		// A rule that this version does not know is left out rather than keeping the rest from being restored.
		if a, err := arm(rule.FaultRule, s.now()); err == nil {
			a.struck = rule.Struck
			s.faults.rules = append(s.faults.rules, a)
		}
	}
}

func (s *Server) restorePhones(saved []savedPhone) {
	var entries []*entry
	for _, p := range slices.Backward(saved) {
		restored := s.book.use(p.Number)
		restored.name, restored.on, restored.reading = p.Name, p.On, p.Reading
		restored.traits = p.Traits
		maps.Copy(restored.wrote, p.Wrote)
		maps.Copy(restored.dialled, p.Dialled)
		for _, e := range p.Entries {
			entries = append(entries, &entry{Message: e.Message, phone: restored, pricing: e.Pricing,
				doom: e.Doom, afterSent: e.AfterSent, readWanted: e.ReadWanted, skip: e.Skip, silent: e.Silent, heldUntil: e.HeldUntil, heldDrop: e.HeldDrop})
		}
	}
	slices.SortStableFunc(entries, func(a, b *entry) int { return a.At.Compare(b.At) })
	for _, e := range entries {
		s.book.add(e)
		if e.Status == StatusHeld {
			s.planRelease(e)
		}
		s.plan(e)
	}
}

// restoreWebhooks posts again what was not answered, the webhooks of one message in their order.
func (s *Server) restoreWebhooks(saved []savedWebhook) {
	for _, webhook := range saved {
		d := newDelivery(webhook.PhoneNumberID, []byte(webhook.Body), s.book.byID[webhook.MessageID])
		d.attempts, d.born = webhook.Attempts, webhook.Born
		switch {
		case !s.courier.register(d):
		case d.entry == nil:
			s.courier.send(d)
		default:
			s.inTurn(d.entry, d)
		}
	}
}
