package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/provider/sandbox"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// filePatience outlasts the lease of a process that died while it fetched.
const filePatience = 45 * time.Second

// sendsPicture lets Ana send one that the simulated WhatsApp makes up, at an address that expires.
func (s *scene) sendsPicture() {
	s.t.Helper()
	_, err := s.whatsapp.Write(ana, sandbox.Incoming{Type: "image", Sample: true, Caption: "olha", Name: "Ana Souza"})
	require.NoError(s.t, err)
}

// kept waits until the one picture is with us, and gives it.
func (s *scene) kept() map[string]any {
	s.t.Helper()
	var files []map[string]any
	require.Eventually(s.t, func() bool {
		files = s.data("/api/media")
		return len(files) == 1 && files[0]["status"] == "kept"
	}, filePatience, 50*time.Millisecond, "%s", &shown{&files})
	return files[0]
}

type shown struct{ files *[]map[string]any }

func (s *shown) String() string {
	text, err := json.Marshal(*s.files)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// bytesOf asks for a path without reading JSON.
func (s *scene) bytesOf(path string) (int, []byte) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+s.config.Addr+path, nil)
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+testKey)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, raw
}

// TestAPictureSurvivesAKillWhereverItHits ends the process after the webhook's commit, after a fetch was claimed, before the
// bytes are written and before the result is. Started again, it has the picture, once, and shows it with its message.
func TestAPictureSurvivesAKillWhereverItHits(t *testing.T) {
	for _, engine := range storetest.Engines() {
		for _, point := range []string{"receive:1", "claim fetches:1", "use blob:1", "end fetch:1"} {
			t.Run(engine+" "+point, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, engine)
				first := s.launch(point)
				s.sendsPicture()
				first.endsItself(t)
				s.launch("")
				file := s.kept()
				status, content := s.bytesOf(file["url"].(string))
				require.Equal(t, http.StatusOK, status)
				require.EqualValues(t, len(content), file["size"])
				require.Equal(t, "image", file["kind"])
				messages := s.waitFor("/api/messages", func(rows []map[string]any) bool { return len(rows) == 1 })
				require.Equal(t, "kept", messages[0]["media"].(map[string]any)["status"])
				require.Equal(t, file["id"], messages[0]["media"].(map[string]any)["id"])
			})
		}
	}
}

// uploads keeps a picture and gives its id.
func (s *scene) uploads(content []byte) string {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, "http://"+s.config.Addr+"/api/media", bytes.NewReader(content))
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+testKey)
	request.Header.Set("Content-Type", "image/png")
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	var answer struct {
		Data struct{ ID string } `json:"data"`
	}
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&answer))
	require.Equal(s.t, http.StatusCreated, response.StatusCode)
	return answer.Data.ID
}

// sendsBack answers Ana with a file of ours, again and again until it is taken: the window opens when her message is read.
func (s *scene) sendsBack(mediaID, caption string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		status, _ := s.call(http.MethodPost, "/api/actions/send-message", map[string]any{
			"senderId": s.channel.ID, "to": "+" + ana, "message": caption, "attachment": map[string]any{"mediaId": mediaID},
		})
		return status == http.StatusAccepted
	}, patience, 50*time.Millisecond)
}

// receivedPictures are the captions of the pictures on Ana's phone that the business uploaded.
func (s *scene) receivedPictures() []string {
	var captions []string
	for _, message := range s.whatsapp.Messages(ana) {
		if message.From == "business" && message.Type == "image" && message.Media != nil {
			captions = append(captions, message.Media.Caption)
		}
	}
	return captions
}

// TestAFileIsKeptUploadedAndSentTwice walks the way of a picture: the customer's is kept, sent back by its id, and so is one
// that the team uploads; a second message with it needs no second upload.
func TestAFileIsKeptUploadedAndSentTwice(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			s.launch("")
			s.sendsPicture()
			theirs := s.kept()
			_, content := s.bytesOf(theirs["url"].(string))
			s.sendsBack(theirs["id"].(string), "a sua")
			ours := s.uploads(content)
			require.NotEqual(t, theirs["id"], ours, "what a customer sent is a file of its own")
			s.sendsBack(ours, "a nossa")
			s.sendsBack(ours, "de novo")
			require.Eventually(t, func() bool { return len(s.receivedPictures()) == 3 }, patience, 20*time.Millisecond, "%v", s.received())
			require.ElementsMatch(t, []string{"a sua", "a nossa", "de novo"}, s.receivedPictures())
			for _, message := range s.data("/api/messages?limit=50") {
				require.NotEqual(t, "unconfirmed", message["status"])
			}
		})
	}
}

// TestAFileThatMetaForgotIsHandedOverAnew: Meta answers the id of a file that it does not have any more with its code for any
// bad parameter. The message goes once more, with a fresh copy, and so does the next one.
func TestAFileThatMetaForgotIsHandedOverAnew(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			s.launch("")
			s.sendsPicture()
			_, content := s.bytesOf(s.kept()["url"].(string))
			ours := s.uploads(append(content, 0))
			s.sendsBack(ours, "antes")
			require.Eventually(t, func() bool { return len(s.receivedPictures()) == 1 }, patience, 20*time.Millisecond)
			s.metaForgets(s.copySent("antes"))
			s.sendsBack(ours, "depois")
			require.Eventually(t, func() bool { return len(s.receivedPictures()) == 2 }, patience, 20*time.Millisecond, "%v", s.received())
			s.sendsBack(ours, "de novo")
			require.Eventually(t, func() bool { return len(s.receivedPictures()) == 3 }, patience, 20*time.Millisecond)
			require.ElementsMatch(t, []string{"antes", "depois", "de novo"}, s.receivedPictures())
			require.NotEqual(t, s.copySent("antes"), s.copySent("depois"))
			require.Equal(t, s.copySent("depois"), s.copySent("de novo"), "one fresh upload serves all that follow")
		})
	}
}

// copySent is what Meta calls the file that reached Ana with a caption.
func (s *scene) copySent(caption string) string {
	s.t.Helper()
	for _, message := range s.whatsapp.Messages(ana) {
		if message.From == "business" && message.Media != nil && message.Media.Caption == caption {
			require.NotEmpty(s.t, message.Media.ID)
			return message.Media.ID
		}
	}
	require.Fail(s.t, "no such message", caption)
	return ""
}

// metaForgets removes a file from the simulated WhatsApp, without the installation's knowledge.
func (s *scene) metaForgets(name string) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodDelete, s.server.URL+"/graph/v25.0/"+name, http.NoBody)
	require.NoError(s.t, err)
	request.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Equal(s.t, http.StatusOK, response.StatusCode)
}

// TestAGatewayKeepsWhatWorkersSend has one process take files and two others send them; they share the folder.
func TestAGatewayKeepsWhatWorkersSend(t *testing.T) {
	if os.Getenv(redisVariable) == "" || os.Getenv("RETOMA_TEST_POSTGRES_URL") == "" {
		t.Logf("not covered: set RETOMA_TEST_POSTGRES_URL and %s", redisVariable)
		return
	}
	s := newScene(t, "postgres")
	s.config.RedisURL = emptyRedis(t)
	for _, role := range []string{"gateway", "worker", "worker"} {
		config := s.config
		config.Role = role
		_, err := launch(t, config, "")
		require.NoError(t, err)
	}
	s.sendsPicture()
	theirs := s.kept()
	_, content := s.bytesOf(theirs["url"].(string))
	ours := s.uploads(append(content, 0)) // other bytes, and still a picture
	s.sendsBack(ours, "a nossa")
	require.Eventually(t, func() bool { return len(s.receivedPictures()) == 1 }, patience, 20*time.Millisecond)
	db, err := store.Open(context.Background(), store.Options{Address: s.config.DatabaseURL, SecretKey: s.config.SecretKey})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	name, err := db.MediaUpload(context.Background(), s.tenant.ID, s.channel.ID, ours, time.Now().Add(28*24*time.Hour))
	require.NoError(t, err)
	require.NotEmpty(t, name, "the provider's name for it is known to all, for a month")
}
