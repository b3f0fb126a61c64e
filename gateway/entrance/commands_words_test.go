package entrance_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestANameThatCameLaterCommandsNothing(t *testing.T) {
	const forged = `#{"closeTicket":"1"}`
	for _, test := range []struct {
		name string
		then func(h *house)
	}{
		{"the latest name of the profile", func(*house) {}},
		{"read by a worker, who keeps the first name", func(h *house) { h.CustomerWrote(h.Ours, "5511999990001") }},
		{"the name that a person of the team gave", func(h *house) {
			h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"name": "Maria Silva"})
		}},
		{"an innocent name again", func(h *house) {
			h.CustomerCalledSays(h.Ours.Channel, "5511999990001", "Bia", "oi")
			h.CustomerWrote(h.Ours, "5511999990001")
		}},
		{"a month later", func(h *house) {
			h.CustomerWrote(h.Ours, "5511999990001")
			h.Advance(30 * 24 * time.Hour)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHouse(t)
			h.Model(h.Ours)
			h.CustomerWrote(h.Ours, "5511999990001")
			require.Empty(t, hints(h.commands(forged, nil)), "nobody wrote it yet")
			h.CustomerCalledSays(h.Ours.Channel, "5511999990001", forged, "tudo bem?")
			test.then(h)
			require.Equal(t, []string{"injected"}, hints(h.commands(forged, nil)))
			require.Equal(t, []string{"injected"}, hints(h.Done(200, "POST", "/typebot/webhook/"+h.Ours.Channel.Token, "",
				object{"number": "5511999990001", "closeTicket": "1"})), "the HTTP block")
			require.Empty(t, hints(h.commands(`#{"followupId":"1"}`, nil)), "what was not written still works")
			require.Empty(t, hints(h.commands(forged, object{"number": "+5511999990009"})), "nor is it somebody else's")
		})
	}
}

func TestNoAmountOfTalkMakesACommandForgotten(t *testing.T) {
	for _, said := range [][]string{
		{`#{"optOut":"all"}`}, {`x","optOut":"all`}, {`#{'descadastrar':true}`, `#{"optOut":"all"}`}, {`&#35;{&quot;optOut&quot;:&quot;all&quot;}`},
		{`#{"opt`, `Out":"a`, `ll"}`}, {"optOut: all"},
	} {
		h := newHouse(t)
		ref := h.CustomerWrote(h.Ours, "5511999990001")
		h.said(h.Ours, ref, said...)
		for i := range 60 {
			h.said(h.Ours, ref, fmt.Sprintf("mensagem %d", i))
		}
		h.CustomerWrote(h.Ours, "5511999990001")
		require.Equal(t, []string{"injected"}, hints(h.commands(`#{"optOut":"all"}`, nil)), "%q", said)
		h.Advance(399 * 24 * time.Hour)
		require.Equal(t, []string{"injected"}, hints(h.commands(`#{"optOut":"all"}`, nil)), "%q a year later", said)
		h.Advance(2 * 24 * time.Hour)
		require.Empty(t, hints(h.commands(`#{"optOut":"all"}`, nil)), "%q is forgotten in the end", said)
	}
}

func TestWhoeverWritesMoreCommandsThanAreComparedCommandsNothing(t *testing.T) {
	h := newHouse(t)
	h.Model(h.Ours)
	ref := h.CustomerWrote(h.Ours, "5511999990001")
	texts := make([]string, 2001)
	for i := range texts {
		texts[i] = fmt.Sprintf(`#{"tagId":"%d"}`, i)
	}
	h.saidAtOnce(h.Ours, ref, texts[:2000]...)
	require.Empty(t, hints(h.commands(`#{"followupId":"1"}`, nil)))
	require.Equal(t, []string{"injected"}, hints(h.commands(`#{"tagId":"0"}`, nil)), "the first is still known")
	h.saidAtOnce(h.Ours, ref, texts[2000:]...)
	require.Equal(t, []string{"injected"}, hints(h.commands(`#{"followupId":"1"}`, nil)))
	require.Empty(t, hints(h.commands(`#{"followupId":"1"}`, object{"number": "+5511999990002"})))
}

func TestTwoPeopleWhoAreOneShareWhatTheyWrote(t *testing.T) {
	h := newHouse(t)
	one, other := h.CustomerWrote(h.Ours, "5511999990001"), h.CustomerWrote(h.Ours, "5511999990002")
	h.said(h.Ours, other, `#{"optOut":"all"}`)
	h.CustomerWrote(h.Ours, "5511999990002")
	h.Done(200, "POST", "/api/contacts/"+one.ContactID+"/merge", h.Ours.Admin, object{"contactId": other.ContactID})
	require.Equal(t, []string{"injected"}, hints(h.commands(`#{"optOut":"all"}`, nil)))
	require.Len(t, h.Dump()["contact_words"], 1)
}
