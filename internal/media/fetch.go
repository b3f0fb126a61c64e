package media

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// get fetches a file, checks it and keeps it.
func (f *Fetcher) get(ctx context.Context, file chat.File) (desk.Fetched, error) {
	channel, err := f.Store.Channel(ctx, file.TenantID, file.ChannelID)
	if fault.Is(err, fault.NotFound) {
		return desk.Fetched{}, fault.New(fault.Media, "o canal que recebeu o arquivo foi removido")
	}
	if err != nil {
		return desk.Fetched{}, err
	}
	from, can := f.Providers[channel.Provider].(provider.MediaFetcher)
	if !can {
		return desk.Fetched{}, fault.New(fault.Media, "o provedor deste canal não entrega arquivos")
	}
	source := file.Source
	if file.Tries > 1 && source.ID != "" {
		source.Link = "" // it has had its chance; whoever is asked now says a new one
	}
	fetched, err := from.FetchMedia(ctx, channel, source, MaxFile)
	if err != nil {
		return desk.Fetched{}, err
	}
	staged, err := f.Shelf.Blobs.Stage(cuttable{fetched.Body}, func(head []byte) (int64, error) { return MaxFile, isContent(file.Kind, head) })
	_ = fetched.Body.Close() // what was wanted of it was read
	if err != nil {
		return desk.Fetched{}, err
	}
	defer staged.Discard()
	if err := agrees(staged, source, fetched); err != nil {
		return desk.Fetched{}, err
	}
	if err := f.Shelf.keep(ctx, file.TenantID, staged); err != nil {
		return desk.Fetched{}, err
	}
	return desk.Fetched{
		State: chat.FileKept, MIME: fetchedType(source.MIME, fetched.MIME, staged.Head), Size: staged.Size, SHA256: staged.SHA256, KeptAt: f.Now(),
	}, nil
}

// cuttable makes of what breaks a transfer an error that may pass.
type cuttable struct{ from io.Reader }

func (c cuttable) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault.Wrap(fault.ProviderDown, err, "a transferência do arquivo foi interrompida")
	}
	return n, err
}

// isContent refuses a page of text in the place of a picture or a sound: some servers answer an error with status 200.
func isContent(kind chat.ContentType, head []byte) error {
	if kind == chat.Document {
		return nil
	}
	if name := sniff(head); strings.HasPrefix(name, "text/") || len(head) == 0 {
		return fault.New(fault.ProviderDown, "o provedor entregou %s em vez do arquivo", name)
	}
	return nil
}

// agrees compares a file with what its message and its provider say of it.
func agrees(staged *Staged, source chat.Media, fetched provider.Fetched) error {
	if fetched.Size >= 0 && fetched.Size != staged.Size {
		return fault.New(fault.ProviderDown, "o arquivo veio com %d bytes em vez de %d", staged.Size, fetched.Size)
	}
	for _, written := range []string{source.SHA256, fetched.SHA256} {
		if sum, readable := readSum(written); readable && sum != staged.SHA256 {
			return &mismatch{fault.New(fault.ProviderDown, "o conteúdo do arquivo não confere com o que o provedor anunciou (sha256)")}
		}
	}
	return nil
}

// mismatch is a file that is not what was announced: another attempt may bring the right one, many will not.
type mismatch struct{ problem *fault.Error }

func (m *mismatch) Error() string { return m.problem.Error() }
func (m *mismatch) Unwrap() error { return m.problem }

// fetchedType is the type of a customer's file: as the message says, then as the provider says, if the bytes do not
// contradict it; else what the bytes are.
func fetchedType(said, answered string, head []byte) string {
	for _, claimed := range []string{said, answered} {
		if canonical(claimed) == "" || canonical(claimed) == typeBytes {
			continue
		}
		if name, agree := settle(claimed, head); agree {
			return name
		}
	}
	return sniff(head)
}

// fetchDelays are the waits after a failed attempt: first within the minutes in which an address lives, then as long as
// files can usually be had.
func fetchDelays() []time.Duration {
	return []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour,
		12 * time.Hour, 24 * time.Hour, 24 * time.Hour}
}

// mismatches is how often a file may differ from what was announced.
const mismatches = 3

// judge decides what a failed attempt means: again, when, or never.
func (f *Fetcher) judge(file chat.File, err error, stopping bool) desk.Fetched {
	now := f.Now()
	if stopping {
		return desk.Fetched{State: chat.FileFetching, DueAt: now}
	}
	problem := fault.Of(err)
	text := problem.Message
	if problem.Detail != "" && problem.Detail != text {
		text += " (" + problem.Detail + ")"
	}
	delays := fetchDelays()
	var wrong *mismatch
	hopeless := problem.Code == fault.Media || problem.Code == fault.TooLarge || errors.As(err, &wrong) && file.Tries >= mismatches
	if hopeless || file.Tries > len(delays) {
		return desk.Fetched{State: chat.FileFailed, Problem: text}
	}
	wait := max(delays[max(file.Tries, 1)-1], problem.After)
	return desk.Fetched{State: chat.FileFetching, Problem: text, DueAt: now.Add(wait)}
}
