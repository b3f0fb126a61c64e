package sandbox

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"
)

// fetchedLink is what came of fetching a link; failed says why nothing did.
type fetchedLink struct {
	mimeType string
	size     int
	failed   string
	at       time.Time
}

const (
	// linkLife is how long Meta keeps what a link gave (providers.md 1.3).
	linkLife = 10 * time.Minute
	// linkTime is how long a link's server may take.
	linkTime  = 10 * time.Second
	mostLinks = 1_000
	// mostSentLinks is how many links one send may have fetched: a header and the cards of a carousel.
	mostSentLinks = mostCarouselCards + 1
)

// checkLinks fetches the links of a send, if the sandbox is told to, and notes what is wrong with them. It takes as long as their
// servers do, so it is done before the lock is taken.
func (s *Server) checkLinks(ctx context.Context, out *outgoing) {
	s.mu.Lock()
	fetches := s.fetchLinks
	s.mu.Unlock()
	if !fetches {
		return
	}
	for _, sent := range out.links() {
		got := s.fetchLink(ctx, sent.link)
		refused := checkFile(sent.kind, got.mimeType, got.size)
		if got.failed != "" {
			refused = refuse(131053, "Media upload error: downloading the link failed: %s", got.failed)
		}
		if refused != nil {
			out.linkRefused = refused
			return
		}
	}
}

// sentLink is a link of a send and the kind of what it should hold.
type sentLink struct{ kind, link string }

// links are the links of a send: that of its file, or those of the headers of a template and its cards.
func (o *outgoing) links() []sentLink {
	if o.media != nil && o.media.Link != "" {
		return []sentLink{{orText(o.mediaKind, o.kind), o.media.Link}}
	}
	if o.template == nil {
		return nil
	}
	components := slices.Clone(o.template.Components)
	for _, c := range o.template.Components {
		for _, card := range c.Cards {
			components = append(components, card.Components...)
		}
	}
	var links []sentLink
	for _, c := range components {
		for _, p := range c.Parameters {
			for _, file := range []struct {
				kind string
				sent *mediaObject
			}{{"image", p.Image}, {"video", p.Video}, {"document", p.Document}} {
				if file.sent != nil && absoluteLink(file.sent.Link) && len(links) < mostSentLinks {
					links = append(links, sentLink{file.kind, file.sent.Link})
				}
			}
		}
	}
	return links
}

func (s *Server) fetchLink(ctx context.Context, link string) fetchedLink {
	s.mu.Lock()
	known, is := s.links[link]
	now := s.now()
	s.mu.Unlock()
	if is && now.Sub(known.at) < linkLife {
		return known
	}
	got := s.download(ctx, link)
	got.at = now
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.links) >= mostLinks {
		clear(s.links)
	}
	s.links[link] = got
	return got
}

// download reads a link no further than the largest file that Meta takes.
func (s *Server) download(ctx context.Context, link string) fetchedLink {
	ctx, cancel := context.WithTimeout(ctx, linkTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return fetchedLink{failed: "the address is not valid"}
	}
	response, err := s.courier.client.Do(request)
	if err != nil {
		return fetchedLink{failed: "the server did not answer"}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fetchedLink{failed: "the server answered " + response.Status}
	}
	size, err := io.Copy(io.Discard, io.LimitReader(response.Body, int64(mediaRules["document"].most)+1))
	if err != nil {
		return fetchedLink{failed: "the answer broke off"}
	}
	return fetchedLink{mimeType: response.Header.Get("Content-Type"), size: int(size)}
}
