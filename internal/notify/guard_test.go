package notify

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyTheOpenInternetMayBeCalled(t *testing.T) {
	strict, _ := newGuard(nil, false)
	for _, open := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"} {
		require.NoError(t, strict.check(netip.AddrPortFrom(netip.MustParseAddr(open), 443).String()), open)
	}
	for _, closed := range []string{
		"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "0.1.2.3",
		"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::ffff:10.0.0.1",
		"169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1",
		"100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "ff02::1", "ff01::1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::ffff:0:7f00:1", "4000::1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "::7f00:1", "2001:db8::1", "fec0::1",
	} {
		require.ErrorIs(t, strict.check(netip.AddrPortFrom(netip.MustParseAddr(closed), 443).String()), addressRefused, closed)
	}
	require.ErrorIs(t, strict.check("not an address"), addressRefused)
}

func TestDevelopmentAllowsTheMachineItselfAndNothingElse(t *testing.T) {
	development, _ := newGuard(nil, true)
	for address, want := range map[string]bool{"127.0.0.1": true, "::1": true, "10.0.0.1": false, "169.254.169.254": false, "0.0.0.0": false} {
		require.Equal(t, want, development.permits(netip.MustParseAddr(address)), address)
	}
}

func TestAllowedEntriesAreHostsAddressesAndRanges(t *testing.T) {
	g, ignored := newGuard([]string{"10.1.0.0/16", "192.168.0.7", "[fd00::7]", "::ffff:10.9.9.9", "Mail.Internal.", "http://x", "10.0.0.0/99", "", "a b"}, false)
	require.Equal(t, []string{"http://x", "10.0.0.0/99", "", "a b"}, ignored)
	for address, want := range map[string]bool{
		"10.1.2.3": true, "10.2.0.1": false, "192.168.0.7": true, "192.168.0.8": false, "fd00::7": true, "fd00::8": false,
		"10.9.9.9": true, "::ffff:10.1.2.3": true, "127.0.0.1": false,
	} {
		require.Equal(t, want, g.permits(netip.MustParseAddr(address)), address)
	}
	require.Equal(t, map[string]bool{"mail.internal": true}, g.hosts)
}

func TestAWebhookIntoTheOwnNetworkIsRefusedBeforeAnythingIsSent(t *testing.T) {
	inside := newReceiver(t)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	require.NoError(t, err)
	for _, host := range []string{
		"127.0.0.1", "[::1]", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "[::]", "127.0.0.2", "10.0.0.1", "169.254.169.254",
		"192.168.0.1", "172.16.0.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]",
	} {
		w := newWorld(webhookAt("http://" + host + ":" + port + "/latest/meta-data"))
		n := w.notifier(func(o *Options) { o.Production = true })
		require.NoError(t, n.Deliver(t.Context(), "n1"))
		require.Equal(t, "tentativa 1 de 6: webhook: "+string(addressRefused), w.row("n1").problem, host)
	}
	require.Empty(t, inside.got())
}

func TestMailIntoTheOwnNetworkIsRefusedToo(t *testing.T) {
	server := newMailServer(t)
	w := newWorld(server.targets("?from=a@b.com&to=c@d.com"))
	n := w.notifier(func(o *Options) { o.Production = true })
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Contains(t, w.row("n1").problem, "smtp: "+string(addressRefused))
	require.Empty(t, server.sessions())
}

func TestWhatTheOperatorAllowsIsCalledInProduction(t *testing.T) {
	for _, allowed := range []string{"127.0.0.0/8", "127.0.0.1", "localhost"} {
		inside := newReceiver(t)
		address, err := url.Parse(inside.URL)
		require.NoError(t, err)
		if allowed == "localhost" {
			address.Host = "localhost:" + address.Port()
		}
		w := newWorld(webhookAt(address.String()))
		require.NoError(t, w.notifier(func(o *Options) { o.Production, o.AllowPrivate = true, []string{allowed} }).Deliver(t.Context(), "n1"))
		require.Equal(t, stateSent, w.row("n1").notification.State, allowed)
		require.Len(t, inside.got(), 1)
	}
}

func TestAnEntryThatCannotBeReadAllowsNothingAndIsLogged(t *testing.T) {
	w := newWorld(webhookAt(""))
	w.notifier(func(o *Options) { o.AllowPrivate = []string{"10.0.0.0/99"} })
	require.Contains(t, w.logged(), "10.0.0.0/99")
}

func TestANameThatChangesItsAddressGainsNothing(t *testing.T) {
	inside := newReceiver(t)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	require.NoError(t, err)
	names := newNameServer(t, [4]byte{8, 8, 8, 8}, [4]byte{127, 0, 0, 1})
	w := newWorld(webhookAt("http://rebind.example.test:" + port))
	n := w.notifier()
	g, _ := newGuard(nil, false)
	g.resolver = names.resolver()
	n.carrier = newCarrier(g, nil)

	first, err := g.resolver.LookupNetIP(t.Context(), "ip4", "rebind.example.test")
	require.NoError(t, err)
	require.True(t, g.permits(first[0]), "whoever looks first sees a public address")
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Contains(t, w.row("n1").problem, string(addressRefused))
	require.Empty(t, inside.got())

	g.loopback = true
	w.pass(lease)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Len(t, inside.got(), 1, "the name does lead there: the guard alone kept it out")
}

// Some systems read these as addresses; here they are names, and whatever a name server makes of them is judged.
func TestNumbersThatStandForAnAddressGainNothing(t *testing.T) {
	inside := newReceiver(t)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	require.NoError(t, err)
	names := newNameServer(t, [4]byte{127, 0, 0, 1})
	g, _ := newGuard(nil, false)
	g.resolver = names.resolver()
	for _, host := range []string{"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "0", "localhost.example.test"} {
		w := newWorld(webhookAt("http://" + host + ".:" + port))
		n := w.notifier()
		n.carrier = newCarrier(g, nil)
		require.NoError(t, n.Deliver(t.Context(), "n1"))
		require.Regexp(t, string(addressRefused)+"|nome do servidor não encontrado", w.row("n1").problem, host)
	}
	require.Empty(t, inside.got())
}

func TestAProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	g, _ := newGuard(nil, false)
	transport := newCarrier(g, nil).client.Transport.(*http.Transport)
	require.Nil(t, transport.Proxy, "behind a proxy the guard would judge the proxy")
}

// nameServer is a real name server on UDP that answers a name's addresses in turn; the last repeats.
type nameServer struct {
	socket  net.PacketConn
	answers [][4]byte
}

func newNameServer(t *testing.T, answers ...[4]byte) *nameServer {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &nameServer{socket: socket, answers: answers}
	ended := make(chan struct{})
	go func() { defer close(ended); s.serve() }()
	t.Cleanup(func() { _ = socket.Close(); <-ended })
	return s
}

func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", s.socket.LocalAddr().String())
	}}
}

func (s *nameServer) serve() {
	buffer := make([]byte, 1500)
	for asked := 0; ; {
		length, from, err := s.socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		question := buffer[12:length]
		end := 0
		for question[end] != 0 {
			end += int(question[end]) + 1
		}
		question = question[:end+5]
		isA := question[end+1] == 0 && question[end+2] == 1
		answer := append([]byte{buffer[0], buffer[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
		if isA {
			answer[7] = 1
			address := s.answers[min(asked, len(s.answers)-1)]
			asked++
			answer = append(answer, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
			answer = append(answer, address[:]...)
		}
		_, _ = s.socket.WriteTo(answer, from)
	}
}
