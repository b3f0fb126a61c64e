package sandbox

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"retoma/internal/fault"
)

// VerifyCallback makes Meta's verification call to a business's callback URL: GET with hub.mode, hub.verify_token and
// hub.challenge, to be answered with 200 and exactly the challenge. The error says what came instead.
func (s *Server) VerifyCallback(ctx context.Context, phoneNumberID string) error {
	s.mu.Lock()
	b := s.registry.businesses[phoneNumberID]
	var challenge string
	if b != nil {
		challenge = strconv.FormatUint(1_000_000_000+s.ids.source.Uint64N(1_000_000_000), 10)
	}
	s.mu.Unlock()
	if b == nil {
		return fault.New(fault.NotFound, "empresa não encontrada")
	}
	asked, err := url.Parse(b.CallbackURL)
	if err != nil || b.CallbackURL == "" {
		return fault.New(fault.Impossible, "a empresa não tem callbackUrl")
	}
	query := asked.Query()
	query.Set("hub.mode", "subscribe")
	query.Set("hub.challenge", challenge)
	query.Set("hub.verify_token", b.VerifyToken)
	asked.RawQuery = query.Encode()
	return s.challenge(ctx, asked.String(), challenge)
}

func (s *Server) challenge(ctx context.Context, address, challenge string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "callbackUrl inválida")
	}
	response, err := s.courier.client.Do(request)
	if err != nil {
		return fault.Wrap(fault.Impossible, err, "o endereço de callback não respondeu")
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1024))
	if err != nil {
		return fault.Wrap(fault.Impossible, err, "a resposta do callback foi cortada")
	}
	if response.StatusCode != http.StatusOK {
		return fault.New(fault.Impossible, "o callback respondeu %d em vez de 200", response.StatusCode)
	}
	if string(body) != challenge {
		return fault.New(fault.Impossible, "o callback não devolveu o desafio")
	}
	return nil
}
