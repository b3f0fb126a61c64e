package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"retoma/internal/desk"
)

const (
	// attemptLimit is how long one attempt may take, from the look-up of the name to the answer.
	attemptLimit = 15 * time.Second
	// answerLimit is how much of an answer is read, in bytes, so that the connection can be used again; nothing is kept of it.
	answerLimit = 16 << 10
	idleLimit   = 30 * time.Second
)

// transport goes through no proxy: the guard would judge the proxy's address instead of the receiver's.
func transport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext: dial, ForceAttemptHTTP2: true, MaxIdleConns: 2 * mostLanes, MaxIdleConnsPerHost: laneWidth, IdleConnTimeout: idleLimit,
		TLSHandshakeTimeout: attemptLimit, ResponseHeaderTimeout: attemptLimit, ExpectContinueTimeout: time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

func newClient(carried http.RoundTripper) *http.Client {
	return &http.Client{Transport: carried, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what a receiver said.
type answer struct {
	status     int // 0: nothing
	problem    string
	retryAfter time.Duration
}

func (a answer) accepted() bool { return a.status >= 200 && a.status <= 299 }

// gone tells that the receiver wants nothing more (Standard Webhooks, "Delivery success and failure").
func (a answer) gone() bool { return a.status == http.StatusGone }

// busy tells that the receiver asks for less, and says so of itself and not of this event.
func (a answer) busy() bool {
	return a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable && a.retryAfter > 0
}

// post makes one signed request. Id and body are the same at every attempt; the timestamp and with it the signature are the
// attempt's, as receivers refuse old ones.
func (c *Courier) post(ctx context.Context, to desk.Subscription, one desk.Delivery) answer {
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	now := c.options.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, strings.NewReader(one.Body))
	if err != nil {
		return answer{problem: "endereço inválido: salve a assinatura de novo"}
	}
	signature, err := sign(to, one, now)
	if err != nil {
		return answer{problem: "segredo inválido: troque o segredo da assinatura"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "retoma")
	request.Header.Set(standardwebhooks.HeaderWebhookID, one.EventID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	response, err := c.client.Do(request)
	if err != nil {
		return answer{problem: c.options.Explain(err)}
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, answerLimit)) // the status has decided
	given := answer{status: response.StatusCode}
	switch {
	case given.accepted():
	case given.status >= 300 && given.status <= 399:
		given.problem = fmt.Sprintf("respondeu HTTP %d: redirecionamentos não são seguidos", given.status)
	default:
		given.problem = fmt.Sprintf("respondeu HTTP %d", given.status)
		given.retryAfter = readRetryAfter(response.Header.Get("Retry-After"), now)
	}
	return given
}

// sign gives a signature for each secret that holds now (Standard Webhooks, "Secret rotation"): any of them satisfies the receiver.
func sign(to desk.Subscription, one desk.Delivery, now time.Time) (string, error) {
	secrets := []string{to.Secret}
	if to.FormerSecret != "" && now.Before(to.FormerUntil) {
		secrets = append(secrets, to.FormerSecret)
	}
	var signatures []string
	for _, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", errors.New("a stored signing secret has an unknown form")
		}
		signature, err := signer.Sign(one.EventID, now, []byte(one.Body))
		if err != nil {
			return "", errors.New("the body cannot be signed")
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}
