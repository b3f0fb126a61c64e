package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// tokenNode is the answer of GET /debug_token (Meta's page "debug_token"). ExpiresAt 0 means never.
type tokenNode struct {
	AppID       string       `json:"app_id,omitempty"`
	Type        string       `json:"type,omitempty"`
	Application string       `json:"application,omitempty"`
	DataExpires int64        `json:"data_access_expires_at"`
	ExpiresAt   int64        `json:"expires_at"`
	Error       *tokenError  `json:"error,omitempty"`
	IsValid     bool         `json:"is_valid"`
	IssuedAt    int64        `json:"issued_at,omitempty"`
	Scopes      []string     `json:"scopes"`
	Granular    []tokenScope `json:"granular_scopes,omitempty"`
	UserID      string       `json:"user_id,omitempty"`
}

type tokenError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Subcode int    `json:"subcode,omitempty"`
}

type tokenScope struct {
	Scope   string   `json:"scope"`
	Targets []string `json:"target_ids,omitempty"`
}

// The permissions that a system user's token needs to send and to manage.
const (
	scopeMessaging  = "whatsapp_business_messaging"
	scopeManagement = "whatsapp_business_management"
)

const sandboxAppID = "670843887433847"

// serveDebugToken tells of the token in input_token what Meta would. The asker shows a token of its own, which may be the same.
func (s *Server) serveDebugToken(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query().Get("input_token")
	s.mu.Lock()
	refused := s.checkAsker(bearer(r))
	node := s.tokenNode(asked)
	s.mu.Unlock()
	switch {
	case refused != nil:
		s.refuseGraph(w, refused)
	case asked == "":
		s.refuseGraph(w, &graphError{code: 100, status: http.StatusBadRequest, title: "The parameter input_token is required."})
	default:
		writeGraph(w, http.StatusOK, map[string]tokenNode{"data": node})
	}
}

// checkAsker takes any token that was ever valid here: an expired one may still ask about itself.
func (s *Server) checkAsker(token string) *graphError {
	if token == "" {
		return noToken()
	}
	for _, id := range s.registry.order {
		if s.registry.businesses[id].AccessToken == token {
			return nil
		}
	}
	return refuse(190, "")
}

func (s *Server) tokenNode(token string) tokenNode {
	var owner *Business
	var numbers, accounts []string
	for _, id := range s.registry.order {
		if b := s.registry.businesses[id]; b.AccessToken == token {
			owner = b
			numbers = append(numbers, b.PhoneNumberID)
			if len(accounts) == 0 || accounts[len(accounts)-1] != b.WabaID {
				accounts = append(accounts, b.WabaID)
			}
		}
	}
	if owner == nil {
		return tokenNode{Error: &tokenError{Code: 190, Message: "Invalid OAuth access token."}, Scopes: []string{}}
	}
	node := tokenNode{AppID: sandboxAppID, Type: "SYSTEM_USER", Application: "Sandbox", IsValid: true, Scopes: owner.scopes(), UserID: "122100000000000000"}
	if !owner.TokenExpiresAt.IsZero() {
		node.ExpiresAt = owner.TokenExpiresAt.Unix()
	}
	for _, scope := range node.Scopes {
		targets := accounts
		if scope == scopeMessaging {
			targets = append(append([]string{}, accounts...), numbers...)
		}
		node.Granular = append(node.Granular, tokenScope{Scope: scope, Targets: targets})
	}
	if refused := owner.checkToken(s.now()); refused != nil {
		node.IsValid, node.Error = false, &tokenError{Code: 190, Message: refused.title, Subcode: refused.subcode}
	}
	return node
}

// scopes are the permissions of a business's token; both if it was not said.
func (b *Business) scopes() []string {
	if b.Scopes == nil {
		return []string{scopeManagement, scopeMessaging, "public_profile"}
	}
	return b.Scopes
}

// checkScope refuses what the token has no permission for: messages need one permission, everything else the other.
func (b *Business) checkScope(edge string) *graphError {
	switch {
	case edge == "messages" && !slices.Contains(b.scopes(), scopeMessaging):
		return refuse(10, "")
	case edge != "messages" && !slices.Contains(b.scopes(), scopeManagement) && !slices.Contains(b.scopes(), scopeMessaging):
		return refuse(200, "")
	case manages(edge) && !slices.Contains(b.scopes(), scopeManagement):
		return refuse(200, "")
	}
	return nil
}

// manages tells the edges that belong to the account's management from those that messaging needs itself.
func manages(edge string) bool {
	return edge == "message_templates" || edge == "subscribed_apps" || edge == "phone_numbers" || edge == "unpause"
}

// checkToken refuses an expired token with Meta's words.
func (b *Business) checkToken(now time.Time) *graphError {
	if b.TokenExpiresAt.IsZero() || now.Before(b.TokenExpiresAt) {
		return nil
	}
	return expiredToken(b.TokenExpiresAt, now)
}

func expiredToken(expired, now time.Time) *graphError {
	// Meta writes these times in its own Pacific time, with the zone's letters.
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		pacific = time.UTC
	}
	const day = "Monday, 02-Jan-06 15:04:05 MST"
	return &graphError{code: 190, subcode: 463, status: http.StatusUnauthorized, bare: true, title: "Error validating access token: Session has expired on " +
		expired.In(pacific).Format(day) + ". The current time is " + now.In(pacific).Format(day) + "."}
}

// endedToken is the refusal of a token by its subcode.
func endedToken(subcode int, now time.Time) *graphError {
	refused := expiredToken(now.Add(-time.Hour), now)
	refused.subcode = subcode
	switch subcode {
	case 467:
		refused.title = "Error validating access token: The session is invalid because the user logged out."
	case 460:
		refused.title = "Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons."
	case 458:
		refused.title = "Error validating access token: The user has not authorized application " + sandboxAppID + "."
	case 459:
		refused.title = "Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given."
	}
	return refused
}

func noToken() *graphError {
	return &graphError{code: 190, status: http.StatusUnauthorized, bare: true, title: "An access token is required to request this resource."}
}
