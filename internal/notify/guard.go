package notify

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// guard keeps targets, which tenants name, from reaching into the network that this process runs in.
// Addresses are judged when a socket is about to connect, so a name that changes its address after any earlier look-up
// (DNS rebinding) gains nothing.
type guard struct {
	hosts    map[string]bool // names allowed whatever they resolve to
	ranges   []netip.Prefix  // addresses allowed although private
	loopback bool            // the machine's own addresses are allowed
	resolver *net.Resolver   // nil: the system's
}

// newGuard reads the list of what is allowed although private; what it cannot read it gives back, and does not allow.
func newGuard(allowed []string, loopback bool) (g *guard, ignored []string) {
	g = &guard{hosts: map[string]bool{}, loopback: loopback}
	for _, entry := range allowed {
		entry = strings.TrimSpace(entry)
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			g.ranges = append(g.ranges, prefix.Masked())
		} else if address, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
			address = address.Unmap().WithZone("")
			g.ranges = append(g.ranges, netip.PrefixFrom(address, address.BitLen()))
		} else if entry == "" || strings.ContainsAny(entry, "/:[]@ ") {
			ignored = append(ignored, entry)
		} else {
			g.hosts[hostName(entry)] = true
		}
	}
	return g, ignored
}

func hostName(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// dial connects to host:port if every address it tries may be called.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Resolver: g.resolver}
	if host, _, err := net.SplitHostPort(address); err != nil || !g.hosts[hostName(host)] {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return g.check(address) }
	}
	return dialer.DialContext(ctx, network, address)
}

// check judges the very address that a socket is about to connect to ("ip:port").
func (g *guard) check(address string) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || !g.permits(target.Addr()) {
		return addressRefused
	}
	return nil
}

// permits tells whether an address may be called.
func (g *guard) permits(address netip.Addr) bool {
	address = address.WithZone("").Unmap()
	for _, allowed := range g.ranges {
		if allowed.Contains(address) {
			return true
		}
	}
	if address.IsLoopback() {
		return g.loopback
	}
	return public(address)
}

// public tells whether an address belongs to the open internet: the registries of special addresses of IANA
// (https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry) say which do not.
func public(address netip.Addr) bool {
	if translated := netip.MustParsePrefix("64:ff9b::/96"); translated.Contains(address) { // NAT64: judge what is behind
		bytes := address.As16()
		return public(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.IsLoopback() {
		return false // unspecified, broadcast, multicast, link-local (169.254.169.254), 10/8, 172.16/12, 192.168/16, fc00::/7
	}
	if address.Is6() && !netip.MustParsePrefix("2000::/3").Contains(address) {
		return false // nothing else is given to anybody in the internet; ::ffff:0:127.0.0.1 is another way to write an IPv4 address
	}
	for _, special := range specialRanges {
		if special.Contains(address) {
			return false
		}
	}
	return true
}

// specialRanges are reserved beyond what net/netip knows by name.
var specialRanges = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // shared by carriers and clouds
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved
	netip.MustParsePrefix("::/96"),           // IPv4-compatible
	netip.MustParsePrefix("64:ff9b:1::/48"),  // local translation
	netip.MustParsePrefix("100::/64"),        // discard
	netip.MustParsePrefix("2001::/23"),       // protocol assignments, Teredo
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4: an IPv4 address of anybody's choice
	netip.MustParsePrefix("3fff::/20"),       // documentation
	netip.MustParsePrefix("5f00::/16"),       // segment routing
	netip.MustParsePrefix("fec0::/10"),       // site-local
}
