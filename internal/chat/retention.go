package chat

import "time"

// Retention says for how many days a tenant keeps what can be forgotten. Nil: [DefaultRetention]; 0: for ever.
type Retention struct {
	// Webhooks are what providers and platforms sent, as it came. What messages say is in there too, so it is kept no longer
	// than Messages.
	Webhooks *int `json:"webhooks,omitempty"`
	// Messages is what messages say: texts, captions, names of files, variables. That they were, and when, stays.
	Messages *int `json:"messages,omitempty"`
	// Logs are decision logs, and what runs knew.
	Logs *int `json:"logs,omitempty"`
	// Files are what customers sent. What a tenant uploads is kept until somebody deletes it.
	Files *int `json:"files,omitempty"`
	// Memory is what assistants remember of platforms' customers.
	Memory *int `json:"memory,omitempty"`
	// Deliveries are what subscriptions were told. The installation deletes them in any case: see Courier.
	Deliveries *int `json:"deliveries,omitempty"`
	// Notifications are what the team was told.
	Notifications *int `json:"notifications,omitempty"`
}

// RetentionDays is a Retention with nothing left open. 0: for ever.
type RetentionDays struct{ Webhooks, Messages, Logs, Files, Memory, Deliveries, Notifications int }

// DefaultRetention is what holds where a tenant has said nothing: copies and notes of work go, what people said and sent stays.
func DefaultRetention() RetentionDays {
	return RetentionDays{Webhooks: 30, Logs: 365, Notifications: 365}
}

// Days are the days that hold.
func (r Retention) Days() RetentionDays {
	days := DefaultRetention()
	for _, one := range []struct {
		said *int
		into *int
	}{
		{r.Webhooks, &days.Webhooks}, {r.Messages, &days.Messages}, {r.Logs, &days.Logs}, {r.Files, &days.Files}, {r.Memory, &days.Memory},
		{r.Deliveries, &days.Deliveries}, {r.Notifications, &days.Notifications},
	} {
		if one.said != nil {
			*one.into = *one.said
		}
	}
	if days.Messages > 0 && (days.Webhooks == 0 || days.Webhooks > days.Messages) {
		days.Webhooks = days.Messages
	}
	return days
}

// Before is the instant before which what is kept for some days is old; zero: nothing ever is.
func Before(days int, now time.Time) time.Time {
	if days <= 0 {
		return time.Time{}
	}
	return now.Add(-time.Duration(days) * 24 * time.Hour)
}
