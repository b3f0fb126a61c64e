package sandbox

import (
	"fmt"
	"net/http"
)

// graphError is a refusal in Meta's own shape (providers.md 1.4). It is an answer, not a failure of ours, so it is no Go error.
type graphError struct {
	code, subcode int
	status        int
	title         string
	details       string
	transient     bool
	// bare leaves out "(#code)" in front of the title, as Meta does for tokens and missing objects.
	bare bool
	// userTitle and userMessage are Meta's words for a person who edits templates.
	userTitle, userMessage string
}

type graphErrorBody struct {
	Error graphErrorFields `json:"error"`
}

type graphErrorFields struct {
	Message     string `json:"message"`
	Type        string `json:"type"`
	Code        int    `json:"code"`
	Subcode     int    `json:"error_subcode,omitempty"`
	Data        any    `json:"error_data,omitempty"`
	Transient   bool   `json:"is_transient,omitempty"`
	UserTitle   string `json:"error_user_title,omitempty"`
	UserMessage string `json:"error_user_msg,omitempty"`
	Trace       string `json:"fbtrace_id"`
}

type graphErrorData struct {
	MessagingProduct string `json:"messaging_product,omitempty"`
	Details          string `json:"details"`
}

func (e *graphError) body(trace string) graphErrorBody {
	fields := graphErrorFields{Message: e.title, Type: "OAuthException", Code: e.code, Subcode: e.subcode, Transient: e.transient, Trace: trace}
	if !e.bare {
		fields.Message = fmt.Sprintf("(#%d) %s", e.code, e.title)
	}
	if e.details != "" {
		fields.Data = &graphErrorData{MessagingProduct: "whatsapp", Details: e.details}
	}
	if e.userTitle != "" {
		fields.UserTitle, fields.UserMessage = e.userTitle, e.userMessage
		fields.Data = e.userMessage // on template endpoints it is a text
	}
	return graphErrorBody{Error: fields}
}

// refuse makes the error of a code; empty details take the code's usual words.
func refuse(code int, details string, args ...any) *graphError {
	known, ok := refusals[code]
	if !ok {
		known = refusal{title: "Unknown error"}
	}
	e := &graphError{code: code, status: known.status, title: known.title, details: known.details, transient: known.transient, bare: known.bare}
	if e.status == 0 {
		e.status = http.StatusBadRequest
	}
	if details != "" {
		e.details = fmt.Sprintf(details, args...)
	}
	return e
}

// missingObject is Meta's answer for an id that does not exist or that the token may not see.
func missingObject(method, id string) *graphError {
	return &graphError{code: 100, subcode: 33, status: http.StatusBadRequest, bare: true, title: fmt.Sprintf(
		"Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation. "+
			"Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api", method, id)}
}

type refusal struct {
	status    int
	title     string
	details   string
	transient bool
	bare      bool
}

// refusals holds title, usual details and HTTP status of the codes in providers.md 1.4; 400 where nothing is said.
// Meta's statuses vary in the wild: a client must decide on the code.
var refusals = map[int]refusal{
	0:      {status: 401, title: "AuthException"},
	1:      {status: 500, title: "An unknown error occurred", transient: true, bare: true},
	2:      {status: 503, title: "An unexpected error has occurred. Please retry your request later.", transient: true, bare: true},
	3:      {status: 403, title: "Application does not have the capability to make this API call."},
	4:      {title: "Application request limit reached", transient: true},
	10:     {status: 403, title: "Application does not have permission for this action"},
	100:    {title: "Invalid parameter"},
	190:    {status: 401, title: "Invalid OAuth access token - Cannot parse access token", bare: true},
	200:    {status: 403, title: "You do not have the necessary permissions required to send messages or manage this account on behalf of this WhatsApp Business Account"},
	368:    {status: 403, title: "Temporarily blocked for policies violations"},
	613:    {status: 429, title: "Calls to this api have exceeded the rate limit.", bare: true},
	2500:   {title: "Unknown path components", bare: true},
	80007:  {title: "Rate limit issues", details: "The WhatsApp Business Account has reached its rate limit."},
	130429: {title: "Rate limit hit", details: "Message failed to send because there were too many messages sent from this phone number in a short period of time"},
	130472: {title: "User's number is part of an experiment", details: "Failed to send message because this user's phone number is part of an experiment"},
	130497: {status: 403, title: "Business account is restricted from messaging users in this country."},
	131000: {status: 500, title: "Something went wrong", details: "Something went wrong"},
	131005: {status: 403, title: "Access denied"},
	131008: {title: "Required parameter is missing"},
	131009: {title: "Parameter value is not valid"},
	131016: {status: 503, title: "Service unavailable", details: "A service is temporarily unavailable."},
	131021: {title: "Recipient cannot be sender", details: "Recipient cannot be sender"},
	131026: {title: "Message undeliverable", details: "Message Undeliverable."},
	131030: {title: "Recipient phone number not in allowed list", details: "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again."},
	131031: {status: 403, title: "Business Account locked", details: "Business account has been locked"},
	131037: {title: "WhatsApp provided number needs display name approval before message can be sent."},
	131042: {title: "Business eligibility payment issue", details: "Message failed to send because there were one or more errors related to your payment method."},
	131045: {status: 500, title: "Incorrect certificate", details: "Message failed to send due to a phone number registration error."},
	131047: {title: "Re-engagement message", details: "Message failed to send because more than 24 hours have passed since the customer last replied to this number."},
	131048: {title: "Spam rate limit hit", details: "Message failed to send because there are restrictions on how many messages can be sent from this phone number. This may be because too many previous messages were blocked or flagged as spam."},
	131049: {title: "This message was not delivered to maintain healthy ecosystem engagement.", details: "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."},
	131050: {title: "User has stopped receiving marketing messages", details: "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from your business"},
	131051: {title: "Unsupported message type", details: "Message type is not currently supported."},
	131052: {title: "Media download error", details: "Unable to download the media sent by the user."},
	131053: {title: "Media upload error", details: "Unable to upload the media used in the message."},
	131062: {title: "Business-scoped user ID recipients are not supported for this message", details: "This message cannot be sent to a business-scoped user ID. Use the phone number."},
	131064: {status: 403, title: "Account limited for template misclassification"},
	131044: {title: "Business eligibility payment issue", details: "Message failed to send because there is no valid payment method."},
	131056: {title: "(Business Account, Consumer Account) pair rate limit hit", details: "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time."},
	131057: {title: "Account in maintenance mode", details: "Business Account is in maintenance mode"},
	132000: {title: "Number of parameters does not match the expected number of params"},
	132001: {status: 404, title: "Template name does not exist in the translation"},
	132005: {title: "Translated text too long"},
	132007: {title: "Template format character policy violated"},
	132012: {title: "Parameter format does not match format in the created template"},
	132015: {title: "Template is Paused", details: "Template is paused due to low quality so it cannot be sent in a template message."},
	132016: {title: "Template is Disabled", details: "Template has been paused too many times due to low quality and is now permanently disabled."},
	132018: {title: "There was an issue with the parameters in your template"},
	133004: {status: 503, title: "Server Temporarily Unavailable", details: "Server is temporarily unavailable."},
	133010: {title: "Account not registered", details: "The account does not exist in WhatsApp. Register the phone number."},
	133016: {title: "Account register/deregister rate limit exceeded"},
	134101: {title: "Template is still being synced"},
	135000: {title: "Generic user error", details: "Message failed to send because of an unknown error with your request parameters."},
}
