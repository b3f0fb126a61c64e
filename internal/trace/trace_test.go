package trace_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"retoma/internal/trace"
)

func newTracer() (*trace.Tracer, *tracetest.SpanRecorder) {
	recorder := tracetest.NewSpanRecorder()
	return trace.New(sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder))), recorder
}

func TestWithoutATracerNothingHappens(t *testing.T) {
	var off *trace.Tracer
	require.False(t, off.On())
	ctx, span := off.Start(t.Context(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", trace.Server, "x")
	require.Equal(t, t.Context(), ctx)
	require.Empty(t, span.Carry())
	require.Empty(t, span.ID())
	require.Empty(t, trace.Carried(ctx))
	span.Rename("y")
	span.Note("a", 1)
	span.Link("z")
	span.End("failed")
	_, child := trace.Child(ctx, trace.Inside, "x")
	require.Nil(t, child)
	require.Nil(t, trace.Below(ctx, "", trace.Inside, "x"))
}

func TestATraceGoesOnWhereItWasCarriedTo(t *testing.T) {
	tracer, recorder := newTracer()
	ctx, first := tracer.Start(t.Context(), "", trace.Server, "first")
	carried := first.Carry()
	require.Equal(t, trace.Carried(ctx), carried)
	require.Equal(t, first.ID(), trace.ID(carried))
	require.Len(t, carried, 55)
	_, child := trace.Child(ctx, trace.Inside, "child")
	child.End("")
	first.End("")

	_, later := tracer.Start(context.Background(), carried, trace.Consumer, "days later", "text", "x", "none", "", "number", 3)
	later.End("rate_limited")
	ended := recorder.Ended()
	require.Len(t, ended, 3)
	for _, span := range ended {
		require.Equal(t, first.ID(), span.SpanContext().TraceID().String(), span.Name())
	}
	require.Equal(t, ended[1].SpanContext().SpanID(), ended[2].Parent().SpanID())
	require.Len(t, ended[2].Attributes(), 2, "what is empty is left out")
	require.Equal(t, "rate_limited", ended[2].Status().Description)
}

func TestWhatIsNotEndedIsNeverToldOf(t *testing.T) {
	tracer, recorder := newTracer()
	_, undone := tracer.Start(t.Context(), "", trace.Inside, "undone")
	require.NotEmpty(t, undone.Carry())
	require.Empty(t, recorder.Ended())
}

func FuzzCarried(f *testing.F) {
	for _, seed := range []string{"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", "zz-x", strings.Repeat("9", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, carried string) {
		tracer, _ := newTracer()
		_, span := tracer.Start(t.Context(), carried, trace.Server, "x")
		require.Len(t, span.Carry(), 55, "whatever a caller says, there is a trace")
		_ = trace.ID(carried)
	})
}
