package chaos

import (
	"context"
	"net"
	"sync"
	"time"

	"retoma/internal/processes"
)

// Proxy stands between a process and what it talks to. Connections through it can be cut, slowed and held, and it can be taken away.
type Proxy struct {
	target  string
	address string

	mu       sync.Mutex
	listener net.Listener
	links    map[*link]struct{}
	delay    time.Duration
	held     chan struct{} // closed when nothing is held any more; nil: nothing is
	closed   bool
}

// link is one connection with its other half.
type link struct{ in, out net.Conn }

func (l *link) close() {
	_ = l.in.Close()
	_ = l.out.Close()
}

// NewProxy listens on a port of its own and passes everything on to the target.
func NewProxy(target string) (*Proxy, error) {
	port, err := processes.FreePort()
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, address: processes.Local(port), links: map[*link]struct{}{}}
	err = p.On()
	return p, err
}

// Address is where clients connect.
func (p *Proxy) Address() string { return p.address }

// On listens, if nobody does.
func (p *Proxy) On() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil || p.closed {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", p.address)
	if err != nil {
		return err
	}
	p.listener = listener
	go p.accept(listener)
	return nil
}

// Off refuses connections and cuts those that there are.
func (p *Proxy) Off() {
	p.mu.Lock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	p.mu.Unlock()
	p.Cut()
}

// Close ends everything for good.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Off()
	p.Release()
}

// Cut closes every connection that there is, in the middle of whatever is said.
func (p *Proxy) Cut() {
	p.mu.Lock()
	cut := make([]*link, 0, len(p.links))
	for l := range p.links {
		cut = append(cut, l)
	}
	p.mu.Unlock()
	for _, l := range cut {
		l.close()
	}
}

// Slow lets each piece wait before it is passed on; 0 is as fast as can be.
func (p *Proxy) Slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

// Hold passes nothing on until [Proxy.Release]; nobody is told.
func (p *Proxy) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = make(chan struct{})
	}
}

// Release passes on what was held.
func (p *Proxy) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
}

func (p *Proxy) accept(listener net.Listener) {
	for {
		in, err := listener.Accept()
		if err != nil {
			return
		}
		go p.connect(in)
	}
}

func (p *Proxy) connect(in net.Conn) {
	out, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		_ = in.Close()
		return
	}
	l := &link{in: in, out: out}
	p.mu.Lock()
	p.links[l] = struct{}{}
	p.mu.Unlock()
	var pumps sync.WaitGroup
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		pumps.Go(func() {
			p.pump(way[0], way[1])
			l.close()
		})
	}
	pumps.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (p *Proxy) pump(from, to net.Conn) {
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			p.wait()
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *Proxy) wait() {
	p.mu.Lock()
	delay, held := p.delay, p.held
	p.mu.Unlock()
	if delay > 0 {
		time.Sleep(delay)
	}
	if held != nil {
		<-held
	}
}
