package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// events are what is counted as it happens.
type events struct {
	requests       *prometheus.CounterVec
	requestSeconds *prometheus.HistogramVec
	webhooks       *prometheus.CounterVec
	webhookSeconds *prometheus.HistogramVec
	items          *prometheus.CounterVec
	groups         *prometheus.HistogramVec
	mail           *prometheus.CounterVec
	mailSeconds    *prometheus.HistogramVec
	followUps      *prometheus.CounterVec
	lateness       *prometheus.HistogramVec
	waits          *prometheus.CounterVec
	sends          *prometheus.CounterVec
	sendSeconds    *prometheus.HistogramVec
	writings       *prometheus.CounterVec
	writingSeconds *prometheus.HistogramVec
	calls          *prometheus.CounterVec
	tokens         *prometheus.CounterVec
	notifications  *prometheus.CounterVec
	deliveries     *prometheus.CounterVec
	fetches        *prometheus.CounterVec
	fetchSeconds   *prometheus.HistogramVec
	fetchBytes     *prometheus.CounterVec
	canary         *prometheus.HistogramVec
	parts          *prometheus.GaugeVec
	removed        *prometheus.CounterVec
}

func newEvents(f maker) events {
	return events{
		requests:       f.counter("retoma_http_requests_total", "Requests, by the pattern of their route and the answer's status.", "method", "route", "status"),
		requestSeconds: f.histogram("retoma_http_request_seconds", "How long a request took to be answered.", requestBuckets, "method", "route"),
		webhooks:       f.counter("retoma_webhooks_total", "Webhooks of providers, by what came of them: accepted, duplicate (all of it was known), refused (signature), unknown_channel, failed.", "provider", "outcome"),
		webhookSeconds: f.histogram("retoma_webhook_seconds", "From a webhook's arrival until everything in it was committed.", requestBuckets, "provider"),
		items:          f.counter("retoma_webhook_items_total", "What webhooks held: message, status, notice, rejected (could not be read or has no channel).", "provider", "kind"),
		groups:         f.histogram("retoma_commit_group_units", "How many units shared one commit: ingest (requests), work (contacts).", groupBuckets, "kind"),
		mail:           f.counter("retoma_mail_handled_total", "Events that a worker read, by name; those that platforms name themselves are custom.", "event", "outcome"),
		mailSeconds:    f.histogram("retoma_mail_wait_seconds", "From the receipt of an event to its handling.", latenessBuckets),
		followUps:      f.counter("retoma_followups_total", "Follow-ups that came to an outcome: sent, failed, cancelled, responded; with the code of the reason.", "outcome", "reason"),
		lateness:       f.histogram("retoma_followup_lateness_seconds", "From a follow-up's due time to its claim.", latenessBuckets),
		waits:          f.counter("retoma_send_waits_total", "Sends that were put off, by the check that did it.", "check"),
		sends:          f.counter("retoma_sends_total", "Calls to providers, by what came of them and how far a refusal reaches.", "outcome", "scope"),
		sendSeconds:    f.histogram("retoma_send_seconds", "How long a call to a provider took.", sendBuckets),
		writings:       f.counter("retoma_writings_total", "Texts that assistants were asked for, by what came of them.", "outcome"),
		writingSeconds: f.histogram("retoma_writing_seconds", "How long an assistant took, tries included.", writingBuckets),
		calls:          f.counter("retoma_ai_calls_total", "Calls to AI services."),
		tokens:         f.counter("retoma_ai_tokens_total", "Tokens that assistants used, as their services counted them.", "direction"),
		notifications:  f.counter("retoma_notifications_total", "Attempts to tell the team, by the state that they left the notification in.", "state"),
		deliveries:     f.counter("retoma_deliveries_total", "Attempts to deliver to subscriptions, by the state that they left the delivery in.", "state"),
		fetches:        f.counter("retoma_media_fetches_total", "Attempts to fetch customers' files, by what came of them.", "outcome"),
		fetchSeconds:   f.histogram("retoma_media_fetch_seconds", "How long fetching a customer's file took.", fetchBuckets),
		fetchBytes:     f.counter("retoma_media_fetched_bytes_total", "Bytes of customers' files that were fetched."),
		canary:         f.histogram("retoma_canary_lateness_seconds", "How late the canary, a due time of our own, was claimed.", latenessBuckets),
		parts:          f.gauge("retoma_part_ok", "1 while /readyz calls this part ok, else 0.", "part"),
		removed:        f.counter("retoma_retention_removed_total", "What was removed because it was kept long enough, by the setting that says how long.", "kind"),
	}
}

// methods are those that have a series of their own; whoever sends another must not make new ones.
var methods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true,
	http.MethodDelete: true, http.MethodOptions: true,
}

// Request counts an answered request; route is the pattern, never the path.
func (e *events) Request(method, route string, status int, took time.Duration) {
	if !methods[method] {
		method = "other"
	}
	e.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	e.requestSeconds.WithLabelValues(method, route).Observe(took.Seconds())
}

// Webhook counts a provider's webhook; provider is the name of an adapter, or "unknown".
func (e *events) Webhook(provider, outcome string, took time.Duration) {
	e.webhooks.WithLabelValues(provider, outcome).Inc()
	e.webhookSeconds.WithLabelValues(provider).Observe(took.Seconds())
}

// WebhookItems counts what a webhook held.
func (e *events) WebhookItems(provider, kind string, count int) {
	if count > 0 {
		e.items.WithLabelValues(provider, kind).Add(float64(count))
	}
}

// Group notes how many units shared a commit.
func (e *events) Group(kind string, units int) {
	e.groups.WithLabelValues(kind).Observe(float64(units))
}

// Mail counts an event that a worker read.
func (e *events) Mail(event, outcome string, waited time.Duration) {
	e.mail.WithLabelValues(event, outcome).Inc()
	e.mailSeconds.WithLabelValues().Observe(waited.Seconds())
}

// FollowUp counts a follow-up's outcome.
func (e *events) FollowUp(outcome, reason string) { e.followUps.WithLabelValues(outcome, reason).Inc() }

// Late notes from a follow-up's due time to its claim.
func (e *events) Late(late time.Duration) { e.lateness.WithLabelValues().Observe(late.Seconds()) }

// Wait counts a send that was put off.
func (e *events) Wait(check string) { e.waits.WithLabelValues(check).Inc() }

// Send counts a call to a provider.
func (e *events) Send(outcome, scope string, took time.Duration) {
	e.sends.WithLabelValues(outcome, scope).Inc()
	e.sendSeconds.WithLabelValues().Observe(took.Seconds())
}

// Writing counts a text that an assistant was asked for.
func (e *events) Writing(outcome string, took time.Duration) {
	e.writings.WithLabelValues(outcome).Inc()
	e.writingSeconds.WithLabelValues().Observe(took.Seconds())
}

// AI counts what a message used of an AI service.
func (e *events) AI(calls, input, output int64) {
	e.calls.WithLabelValues().Add(float64(max(calls, 0)))
	e.tokens.WithLabelValues("input").Add(float64(max(input, 0)))
	e.tokens.WithLabelValues("output").Add(float64(max(output, 0)))
}

// Notification counts an attempt to tell the team.
func (e *events) Notification(state string) { e.notifications.WithLabelValues(state).Inc() }

// Delivery counts an attempt to deliver to a subscription.
func (e *events) Delivery(state string) { e.deliveries.WithLabelValues(state).Inc() }

// Fetch counts an attempt to fetch a customer's file.
func (e *events) Fetch(outcome string, bytes int64, took time.Duration) {
	e.fetches.WithLabelValues(outcome).Inc()
	e.fetchSeconds.WithLabelValues().Observe(took.Seconds())
	e.fetchBytes.WithLabelValues().Add(float64(max(bytes, 0)))
}

// Canary notes how late the canary was claimed.
func (e *events) Canary(late time.Duration) { e.canary.WithLabelValues().Observe(late.Seconds()) }

// Part shows whether /readyz calls a part ok.
func (e *events) Part(name string, ok bool) {
	value := 0.0
	if ok {
		value = 1
	}
	e.parts.WithLabelValues(name).Set(value)
}

// Removed counts what was removed because it was kept long enough.
func (e *events) Removed(kind string, count int64) {
	e.removed.WithLabelValues(kind).Add(float64(count))
}
