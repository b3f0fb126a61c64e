package meta

import (
	"bytes"
	"context"
	"net/http"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// Send delivers one message (providers.md section 1.2). Every error is a *fault.Error: fault.Unconfirmed when
// nobody knows whether the message went out; any other code means that it did not.
// Meta has no idempotency key, so a message is never sent a second time once a byte of it may have left.
func (a *Adapter) Send(ctx context.Context, channel chat.Channel, message provider.Outgoing) (provider.Receipt, error) {
	if channel.Account == "" || accessToken(channel) == "" || !isHeaderSafe(accessToken(channel)) {
		return provider.Receipt{}, fault.New(fault.Auth, "canal sem phone_number_id ou sem token válido: complete o cadastro do canal")
	}
	body, err := encode(message)
	if err != nil {
		return provider.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.sendTimeout)
	defer cancel()
	got, broken := a.exchange(ctx, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, channel, http.MethodPost, endpoint(channel, channel.Account, "messages"), body)
	})
	if broken != nil {
		return provider.Receipt{}, a.sendBreakdown(channel, broken)
	}
	if got.status < 200 || got.status > 299 {
		return provider.Receipt{}, got.fault(channel, true)
	}
	return receipt(channel, got)
}

// request builds a request with the channel's token. The body stays repeatable (GetBody), so that the transport
// itself may repeat what provably was not written.
func (a *Adapter) request(ctx context.Context, channel chat.Channel, method, address string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken(channel))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", a.userAgent)
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// sendBreakdown is the error of a send that brought no answer.
func (a *Adapter) sendBreakdown(channel chat.Channel, broken *breakdown) error {
	cause := hide(channel, broken.cause)
	if broken.written {
		failure := fault.Wrap(fault.Unconfirmed, cause, "sem resposta da Meta: não se sabe se a mensagem saiu")
		failure.Detail = "no answer after the request was written"
		return failure
	}
	if own, is := ownFault(broken.cause); is {
		return own
	}
	failure := fault.Wrap(fault.ProviderDown, cause, "sem conexão com a Meta: nada foi enviado")
	failure.Detail = "no connection; nothing was written"
	return failure
}

// receipt reads the acceptance. A 2xx without a message id may hide a message that went out.
func receipt(channel chat.Channel, got answer) (provider.Receipt, error) {
	root, valid := readJSON(got.body)
	if !valid || got.cut || !root.IsObject() {
		return provider.Receipt{}, unreadable(got)
	}
	message := root.Get("messages.0")
	read := provider.Receipt{
		ExternalID: idOf(message.Get("id")),
		Route:      firstText(idOf(root.Get("contacts.0.wa_id")), idOf(root.Get("contacts.0.user_id"))),
		State:      chat.Accepted,
		Raw:        clean(string(got.body)),
	}
	if read.ExternalID == "" {
		if root.Get("error").Type != gjson.Null {
			return provider.Receipt{}, got.fault(channel, true)
		}
		return provider.Receipt{}, unreadable(got)
	}
	switch textOf(message.Get("message_status")) {
	case "held_for_quality_assessment":
		read.State = chat.HeldBack
	case "paused":
		paused, _ := lookUp(codePaused, 0) // the acceptance says what the code would have said
		failure := paused.failure("")
		failure.Detail = "message_status: paused"
		return read, failure
	}
	return read, nil
}

func unreadable(got answer) error {
	failure := fault.New(fault.Unconfirmed, "a Meta respondeu algo ilegível: não se sabe se a mensagem saiu")
	failure.Detail = httpDetail(got.status) + " with an unreadable body"
	return failure
}
