package web

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// healthConnections are the connections above the limit over which only questions about health are answered.
	healthConnections = 64
	// refusing bounds how many connections are told at once that there is no room; more than that are closed without a word.
	refusing = 256
)

// doors counts the connections that are served and refuses those for which there is no room.
type doors struct {
	limit   int
	opened  atomic.Int64
	refused atomic.Int64
	telling chan struct{}
}

func newDoors(limit int) *doors {
	return &doors{limit: limit, telling: make(chan struct{}, refusing)}
}

func (d *doors) open() int { return int(d.opened.Load()) }

// Doors gives connections that can be closed while their callers are still sending, and no more of them than the limits say.
func (s *Server) Doors(listener net.Listener) net.Listener {
	return &boundedListener{Listener: Lingering(listener), doors: s.doors}
}

type boundedListener struct {
	net.Listener
	doors *doors
}

// Accept waits for a connection for which there is room.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.doors.open() < l.doors.limit+healthConnections {
			l.doors.opened.Add(1)
			return &countedConnection{Conn: connection, doors: l.doors}, nil
		}
		l.doors.refuse(connection)
	}
}

// crowdedText is what a connection is told that finds no room.
const crowdedText = `{"success":false,"error":"há conexões demais; tente de novo em instantes","code":"unavailable"}`

func (d *doors) refuse(connection net.Conn) {
	d.refused.Add(1)
	select {
	case d.telling <- struct{}{}:
	default:
		_ = connection.Close()
		return
	}
	go func() {
		defer func() { <-d.telling }()
		if connection.SetWriteDeadline(time.Now().Add(time.Second)) == nil {
			_, _ = fmt.Fprintf(connection, "HTTP/1.1 503 Service Unavailable\r\nServer: retoma\r\nConnection: close\r\nRetry-After: %.0f\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
				retryAfter.Seconds(), len(crowdedText), crowdedText)
		}
		_ = connection.Close()
	}()
}

// countedConnection is counted until it is closed.
type countedConnection struct {
	net.Conn
	doors *doors
	once  sync.Once
}

// Close lets somebody else in.
func (c *countedConnection) Close() error {
	c.once.Do(func() { c.doors.opened.Add(-1) })
	return c.Conn.Close()
}
