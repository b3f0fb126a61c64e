package web

import (
	"io"
	"net"
	"time"
)

// lingerTime is how long a connection that we end goes on taking what its caller still sends. Whoever was refused in the
// middle of sending reads our answer within a round trip; the rest of a large file is not worth waiting for.
const lingerTime = 2 * time.Second

// Lingering gives connections that can be closed while their callers are still sending.
//
// A connection that is closed with unread bytes is reset, and a reset overtakes the answer: the caller reads "connection
// reset by peer" instead of why it was refused (RFC 9112, section 9.6). So our half is closed first, and what still comes
// is read and thrown away until the caller closes his, or for two seconds.
func Lingering(listener net.Listener) net.Listener { return lingeringListener{listener} }

type lingeringListener struct{ net.Listener }

func (l lingeringListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if connection, isTCP := connection.(*net.TCPConn); isTCP {
		return lingeringConnection{connection}, nil
	}
	return connection, nil
}

type lingeringConnection struct{ *net.TCPConn }

// Close does not wait for the caller.
func (c lingeringConnection) Close() error {
	if c.CloseWrite() != nil || c.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return c.TCPConn.Close() // the caller is gone
	}
	go func() {
		_, _ = io.Copy(io.Discard, c.TCPConn)
		_ = c.TCPConn.Close()
	}()
	return nil
}
