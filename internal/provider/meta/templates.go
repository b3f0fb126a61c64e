package meta

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	templateFields = "name,status,category,language,components,parameter_format,quality_score,rejected_reason,id"
	templatePage   = "100"
	// maxPages is above what a verified account can hold: 6,000 templates in pages of 100 (providers.md section 1.5).
	maxPages = 100
)

// Templates lists the templates of the channel's account, in every state; only APPROVED ones may be sent.
// Errors are those of a read: fault.Auth, fault.RateLimited, fault.ProviderDown, fault.ProviderRejected, and
// fault.Invalid if the channel names no account.
func (a *Adapter) Templates(ctx context.Context, channel chat.Channel) ([]chat.Template, error) {
	account := strings.TrimSpace(channel.Config[ConfigWABA])
	if account == "" {
		return nil, fault.Required("config." + ConfigWABA)
	}
	query := url.Values{"fields": {templateFields}, "limit": {templatePage}}
	var templates []chat.Template
	for range maxPages {
		page, err := a.read(ctx, channel, endpoint(channel, account, "message_templates"), query)
		if err != nil {
			return nil, aboutAccount(channel, err)
		}
		templates = append(templates, readTemplates(page.Get("data"))...)
		next := nextCursor(page, query.Get("after"))
		if next == "" {
			return templates, nil
		}
		query.Set("after", next)
	}
	return nil, fault.New(fault.ProviderRejected, "a Meta listou mais de %d páginas de modelos", maxPages)
}

// nextCursor gives the place of the next page. Only the cursor is used: paging.next is an address with the token in
// it, and a token must not go wherever an answer points.
func nextCursor(page gjson.Result, current string) string {
	if page.Get("paging.next").Type != gjson.String {
		return ""
	}
	next := textOf(page.Get("paging.cursors.after"))
	if next == current {
		return ""
	}
	return next
}

// read does a GET and gives its JSON object.
func (a *Adapter) read(ctx context.Context, channel chat.Channel, address string, query url.Values) (gjson.Result, error) {
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return a.ask(ctx, channel, http.MethodGet, address, nil)
}

// ask does a request that may be repeated without harm, and gives its answer's JSON object.
func (a *Adapter) ask(ctx context.Context, channel chat.Channel, method, address string, body []byte) (gjson.Result, error) {
	token := accessToken(channel)
	if token == "" || !isHeaderSafe(token) {
		return gjson.Result{}, fault.New(fault.Auth, "%s", advice(fault.Auth))
	}
	ctx, cancel := context.WithTimeout(ctx, a.readTimeout)
	defer cancel()
	got, broken := a.exchange(ctx, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, channel, method, address, body)
	})
	if broken != nil {
		if own, is := ownFault(broken.cause); is {
			return gjson.Result{}, own
		}
		return gjson.Result{}, noConnection(channel, broken.cause)
	}
	if got.status < 200 || got.status > 299 {
		if elsewhere := got.notGraph(channel); elsewhere != nil {
			return gjson.Result{}, elsewhere
		}
		return gjson.Result{}, got.fault(channel, false)
	}
	root, valid := readJSON(got.body)
	if !valid || got.cut || !root.IsObject() {
		failure := fault.New(fault.ProviderDown, "a Meta respondeu algo ilegível")
		failure.Detail = httpDetail(got.status) + " with an unreadable body"
		return gjson.Result{}, failure
	}
	if root.Get("error").IsObject() {
		return gjson.Result{}, got.fault(channel, false)
	}
	return root, nil
}
