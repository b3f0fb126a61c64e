package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// canonical is the wa_id of a number: WhatsApp keeps some national digits and drops others, whatever was dialled
// (providers.md 1.2 and 3.1). Brazil: area codes from 31 up have mobile numbers without the ninth digit, those below with it.
// Mexico: 521 before the ten digits. Argentina: 549 before them.
func canonical(number string) string {
	switch {
	case strings.HasPrefix(number, "55") && len(number) == 13 && number[4] == '9' && number[2:4] >= "31" && number[5] >= '7':
		return number[:4] + number[5:]
	case strings.HasPrefix(number, "55") && len(number) == 12 && number[2:4] < "31" && number[4] >= '7':
		return number[:4] + "9" + number[4:]
	case strings.HasPrefix(number, "52") && len(number) == 12:
		return "521" + number[2:]
	case strings.HasPrefix(number, "54") && len(number) == 12:
		return "549" + number[2:]
	}
	return number
}

// scopedID is the form of a business-scoped user id (BSUID), or of a parent's: two letters of the country, a dot, and the rest.
var scopedID = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)

// countries are the letters that ids of users begin with, by calling code; others have those of the United States.
var countries = map[string]string{"55": "BR", "52": "MX", "54": "AR", "351": "PT", "34": "ES", "44": "GB", "56": "CL", "57": "CO", "51": "PE", "598": "UY", "595": "PY"}

func countryOf(waID string) string {
	for length := 3; length >= 2; length-- {
		if len(waID) > length {
			if country := countries[waID[:length]]; country != "" {
				return country
			}
		}
	}
	return "US"
}

// userID is how a portfolio knows a phone whatever its number. It changes when the customer changes number.
func (p *phone) userID(portfolio string) string {
	return countryOf(p.waID) + "." + p.digest(portfolio)
}

// parentUserID is the id that linked portfolios share.
func (p *phone) parentUserID() string { return countryOf(p.waID) + ".ENT." + p.digest("parent") }

func (p *phone) digest(scope string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d", scope, p.waID, p.Generation))
	return fmt.Sprintf("%d", 1_000_000_000_000_000_000+binary.BigEndian.Uint64(sum[:8])%9_000_000_000_000_000_000)
}

// address is how a business is told who a customer is: number, user id, parent's id; each may be empty.
type address struct {
	waID, userID, parentUserID string
}

// numberLife is how long a hidden number is still shown to a business that sent to it by number (providers.md 1.6).
const numberLife = 30 * 24 * time.Hour

func (p *phone) address(b *Business, now time.Time) address {
	a := address{waID: p.waID}
	if !p.Scoped && !p.Hidden {
		return a
	}
	a.userID = p.userID(b.portfolio())
	if p.Parent {
		a.parentUserID = p.parentUserID()
	}
	if dialled, ever := p.dialled[b.PhoneNumberID]; p.Hidden && (!ever || now.Sub(dialled) >= numberLife) {
		a.waID = ""
	}
	return a
}

// portfolio is the business portfolio; each account is one of its own unless it was said.
func (b *Business) portfolio() string { return orText(b.PortfolioID, b.WabaID) }

// findUser finds the phone behind a user id that the business was told, its own portfolio's or the parent's.
func (s *Server) findUser(b *Business, id string) *phone {
	for _, p := range s.book.list(len(s.book.phones)) {
		if (p.Scoped || p.Hidden) && (p.userID(b.portfolio()) == id || (p.Parent && p.parentUserID() == id)) {
			return p
		}
	}
	return nil
}
