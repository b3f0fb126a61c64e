package meta

import (
	"time"

	"retoma/internal/fault"
)

// Where the rows come from: docs is Meta's error page (documentation/business-messaging/whatsapp/support/error-codes),
// graph is the Graph API's page on handling errors, spec is providers.md section 1.4, which read both beside
// the tables of open clients.

// row says what one of Meta's codes, or a range of them, means to us.
type row struct {
	from, to int
	// subcode narrows the row to one error_subcode; 0 means any.
	subcode int
	code    fault.Code
	// after is how long to wait if the answer itself does not say.
	after time.Duration
}

func one(code int, means fault.Code) row { return row{from: code, to: code, code: means} }

// codes is the one table of Meta's errors. HTTP statuses do not matter: 130429 was seen as 400, 403 and 429.
// A row with a subcode stands before the row without.
var codes = []row{
	// The token, the app or a permission: everything of the channel waits until a person has seen to it.
	one(0, fault.Auth),                                                  // docs: AuthException, the app user could not be authenticated
	one(3, fault.Auth),                                                  // docs: API method, capability missing
	one(10, fault.Auth),                                                 // docs: permission denied
	one(102, fault.Auth),                                                // graph: API session, log in again
	one(190, fault.Auth),                                                // docs: access token expired (subcodes 458-467)
	{from: 200, to: 299, code: fault.Auth},                              // docs: API permission
	{from: 100, to: 100, subcode: 33, code: fault.Auth},                 // spec: the object does not exist or the token may not see it
	one(131005, fault.Auth),                                             // docs: access denied
	one(100, fault.ProviderRejected),                                    // docs: invalid parameter
	one(33, fault.ProviderRejected),                                     // docs: parameter value is not valid
	one(1, fault.ProviderDown),                                          // docs: API unknown, invalid request or possible server error
	one(2, fault.ProviderDown),                                          // docs: API service, temporary downtime or overload
	one(131000, fault.ProviderDown),                                     // docs: something went wrong
	one(131016, fault.ProviderDown),                                     // docs: service unavailable
	one(131057, fault.ProviderDown),                                     // docs: account in maintenance mode
	one(133004, fault.ProviderDown),                                     // docs: server temporarily unavailable
	one(4, fault.RateLimited),                                           // docs: API too many calls
	one(17, fault.RateLimited),                                          // graph: API user too many calls
	one(32, fault.RateLimited),                                          // graph: page-level throttling
	one(341, fault.RateLimited),                                         // graph: application limit reached
	one(613, fault.RateLimited),                                         // graph: calls to this API have exceeded the rate limit
	one(80007, fault.RateLimited),                                       // docs: the WABA has reached its rate limit
	one(80008, fault.RateLimited),                                       // graph: too many calls to this WABA (management)
	one(130429, fault.RateLimited),                                      // docs: throughput of the number reached
	one(132069, fault.RateLimited),                                      // docs: flow is throttled
	one(133016, fault.RateLimited),                                      // docs: registration and deregistration limit
	{from: 134101, to: 134102, code: fault.RateLimited, after: syncing}, // spec: template still syncing; usable within 10 minutes
	one(131056, fault.PairLimited),                                      // docs: too many messages from this number to this person

	// The account or the number: it cannot send until Meta or its owner has cured it.
	one(368, fault.SenderOffline),    // docs: temporarily blocked for policy violations
	one(131031, fault.SenderOffline), // docs: account has been locked
	one(131037, fault.SenderOffline), // docs: display name needs approval before messages can be sent
	one(131042, fault.SenderOffline), // docs: business eligibility, payment issue
	one(131044, fault.SenderOffline), // spec: payment problem
	one(131045, fault.SenderOffline), // docs: incorrect certificate, registration failed
	one(131048, fault.SenderOffline), // docs: spam rate limit; waiting and trying again by itself would make it worse
	one(131064, fault.SenderOffline), // spec: limited for template misclassification
	one(133010, fault.SenderOffline), // docs: phone number not registered

	// The person.
	one(131026, fault.Unreachable),   // docs: undeliverable (no WhatsApp, old app, terms not accepted, blocked)
	one(131021, fault.Unreachable),   // docs: recipient cannot be the sender
	one(131047, fault.OutsideWindow), // docs: re-engagement message, more than 24 hours
	one(131050, fault.OptedOut),      // docs: the user has stopped marketing messages of this business
	one(131049, fault.PolicyBlocked), // docs: not delivered to maintain healthy ecosystem engagement; must not be retried
	one(130472, fault.PolicyBlocked), // docs: the user's number is part of an experiment; must not be retried
	one(130497, fault.PolicyBlocked), // docs: the business may not message users in this country

	// The template.
	one(132001, fault.TemplateNotFound), // docs: does not exist in the language, or is not approved
	one(132000, fault.TemplateParams),   // docs: number of parameters does not match
	one(132005, fault.TemplateParams),   // docs: filled text is too long
	one(132008, fault.TemplateParams),   // spec: parameter format
	one(132012, fault.TemplateParams),   // docs: parameter format does not match
	one(132018, fault.TemplateParams),   // spec: newline or tab in a value, wrong header or button kind
	one(132007, fault.TemplatePaused),   // docs: template content violates a policy; held until a person changes it
	one(132015, fault.TemplatePaused),   // docs: template is paused for low quality
	one(132016, fault.TemplatePaused),   // docs: template is disabled
	one(132068, fault.TemplatePaused),   // docs: flow is in blocked state
	one(131063, fault.TemplatePaused),   // spec: marketing templates are switched off for the Cloud API

	// The attachment.
	one(131014, fault.Media), // older shape: request for the link failed
	one(131052, fault.Media), // docs: media download error
	one(131053, fault.Media), // docs: media upload error

	// What this message cannot be.
	one(131008, fault.ProviderRejected),                        // docs: required parameter is missing
	one(131009, fault.ProviderRejected),                        // docs: parameter value is not valid
	one(131020, fault.ProviderRejected),                        // spec: groups
	one(131030, fault.ProviderRejected),                        // docs: recipient not in the test number's list
	one(131041, fault.ProviderRejected),                        // spec: groups
	one(131051, fault.ProviderRejected),                        // docs: unsupported message type
	one(131060, fault.ProviderRejected),                        // spec: message unavailable on coexistence numbers
	one(131062, fault.ProviderRejected),                        // spec: kind of message not allowed to a business-scoped user id
	one(135000, fault.ProviderRejected),                        // docs: generic user error
	one(137000, fault.ProviderRejected),                        // spec: identity key hash mismatch
	{from: 2388000, to: 2388999, code: fault.ProviderRejected}, // docs: template creation
}

// syncing is the pause before a template that is still syncing is tried again.
const syncing = time.Minute

// lookUp finds the row of a code.
func lookUp(code, subcode int) (row, bool) {
	for _, r := range codes {
		if code >= r.from && code <= r.to && (r.subcode == 0 || r.subcode == subcode) {
			return r, true
		}
	}
	return row{}, false
}
