package trace

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"
)

// scope names this program's spans.
const scope = "retoma"

// Kind says on which side of a border a span is.
type Kind = otel.SpanKind

// The kinds that this program has.
const (
	Server   = otel.SpanKindServer   // a request was answered
	Client   = otel.SpanKindClient   // somebody else was asked
	Consumer = otel.SpanKindConsumer // what was written down earlier is worked on
	Inside   = otel.SpanKindInternal
)

// Tracer begins spans; nil begins none.
type Tracer struct{ tracer otel.Tracer }

// New makes a tracer whose spans go to a provider.
func New(provider otel.TracerProvider) *Tracer { return &Tracer{tracer: provider.Tracer(scope)} }

// On tells whether anything is traced.
func (t *Tracer) On() bool { return t != nil }

// Span is a piece of work; nil is one that nobody follows.
type Span struct{ span otel.Span }

// Start begins a span below another one, named by its traceparent; an empty or senseless one begins a trace. A span that is
// never ended is never told of: so what a transaction undid leaves no trace. The fields are names and values in turn.
func (t *Tracer) Start(ctx context.Context, parent string, kind Kind, name string, fields ...any) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	if parent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{header: parent})
	}
	ctx, span := t.tracer.Start(ctx, name, otel.WithSpanKind(kind), otel.WithAttributes(attributes(fields)...))
	return ctx, &Span{span: span}
}

// Child begins a span below the context's; without one it begins none.
func Child(ctx context.Context, kind Kind, name string, fields ...any) (context.Context, *Span) {
	above := otel.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, nil
	}
	return New(above.TracerProvider()).Start(ctx, "", kind, name, fields...)
}

// header is the one field of W3C Trace Context that is kept. The other, tracestate, is for vendors.
const header = "traceparent"

// Carried is the traceparent of the context's span; empty without one.
func Carried(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[header]
}

// Carry is the span's traceparent, by which others begin spans below it, here or elsewhere, now or in days.
func (s *Span) Carry() string {
	if s == nil {
		return ""
	}
	return Carried(otel.ContextWithSpan(context.Background(), s.span))
}

// ID is the trace's; empty without one.
func (s *Span) ID() string {
	if s == nil {
		return ""
	}
	return s.span.SpanContext().TraceID().String()
}

// ID is the id of the trace that a traceparent names; empty if it names none.
func ID(carried string) string {
	const begin, end = len("00-"), len("00-") + 32
	if len(carried) < end {
		return ""
	}
	return carried[begin:end]
}

// Rename gives the span the name that is known only now.
func (s *Span) Rename(name string) {
	if s != nil {
		s.span.SetName(name)
	}
}

// Note adds fields to the span.
func (s *Span) Note(fields ...any) {
	if s != nil {
		s.span.SetAttributes(attributes(fields)...)
	}
}

// Link says that another trace led to this span, too.
func (s *Span) Link(carried string) {
	if s == nil || carried == "" {
		return
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{header: carried})
	s.span.AddLink(otel.Link{SpanContext: otel.SpanContextFromContext(ctx)})
}

// End ends the span. A code other than empty marks it as failed; it must be a word of this program, never an error's text.
func (s *Span) End(code string, fields ...any) {
	if s == nil {
		return
	}
	s.span.SetAttributes(attributes(fields)...)
	if code != "" {
		s.span.SetStatus(codes.Error, code)
	}
	s.span.End()
}

// attributes leaves out empty texts.
func attributes(fields []any) []attribute.KeyValue {
	made := make([]attribute.KeyValue, 0, len(fields)/2)
	for i := 0; i+1 < len(fields); i += 2 {
		name := fmt.Sprint(fields[i])
		switch value := fields[i+1].(type) {
		case string:
			if value != "" {
				made = append(made, attribute.String(name, value))
			}
		case int:
			made = append(made, attribute.Int(name, value))
		case int64:
			made = append(made, attribute.Int64(name, value))
		case bool:
			made = append(made, attribute.Bool(name, value))
		default:
			made = append(made, attribute.String(name, fmt.Sprint(value)))
		}
	}
	return made
}

// Below begins a span of another trace than the context's, which must be followed itself.
func Below(ctx context.Context, parent string, kind Kind, name string, fields ...any) *Span {
	above := otel.SpanFromContext(ctx)
	if !above.IsRecording() {
		return nil
	}
	_, span := New(above.TracerProvider()).Start(context.WithoutCancel(ctx), parent, kind, name, fields...)
	return span
}
