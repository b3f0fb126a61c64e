package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLinksAreFetchedAndJudgedByWhatCame(t *testing.T) {
	fetched := 0
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetched++
		switch r.URL.Path {
		case "/good":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("png"))
		case "/page":
			w.Header().Set("Content-Type", "text/html")
		case "/large":
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = w.Write(make([]byte, 5<<20+1))
		default:
			http.NotFound(w, r)
		}
	}))
	defer files.Close()
	w := frozen(t)
	w.load("fetchLinks: true")
	w.write(Incoming{Text: "oi"})
	image := func(path string) result {
		return w.send(`{"messaging_product":"whatsapp","to":"` + customer + `","type":"image","image":{"link":"` + files.URL + path + `"}}`)
	}
	require.Equal(t, 200, image("/good").status)
	require.Equal(t, 200, image("/good").status)
	require.Equal(t, 1, fetched, "kept for ten minutes")
	w.advance(linkLife)
	require.Equal(t, 200, image("/good").status)
	require.Equal(t, 2, fetched)
	for _, path := range []string{"/page", "/large", "/none"} {
		require.Equal(t, 131053, image(path).graphCode(), path)
	}
	require.Equal(t, 131053, w.send(`{"messaging_product":"whatsapp","to":"`+customer+`","type":"image","image":{"link":"http://127.0.0.1:1/a.png"}}`).graphCode(), "nobody there")
	header := `{"type":"header","parameters":[{"type":"image","image":{"link":"` + files.URL + `/page"}}]},` + namedBody + "," + urlButton
	require.Equal(t, 131053, w.send(templateBody("retomada", header)).graphCode(), "a template's header, too")
	w.faults(`{"asyncErrors":true}`)
	require.Equal(t, 200, image("/page").status)
	w.advance(time.Second)
	sent := w.sandbox.Sent(customer)
	require.Equal(t, 131052, sent[len(sent)-1].Failure.Code)
}

func TestAfterThirtyDaysAMessageIsDroppedWithoutAWord(t *testing.T) {
	for days, want := range map[int][]string{29: {"sent", "delivered"}, 30: {"sent"}} {
		w := frozen(t)
		w.phone(customer, PhoneChange{On: on(false)})
		id := w.send(templateBody("retomada", goodRetomada)).body["messages"].([]any)[0].(map[string]any)["id"].(string)
		w.advance(time.Duration(days) * 24 * time.Hour)
		w.phone(customer, PhoneChange{On: on(true)})
		w.advance(time.Minute)
		require.Equal(t, want, w.callback.statuses(id), "%d days", days)
	}
}
