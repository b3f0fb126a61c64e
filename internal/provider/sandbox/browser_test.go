package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// browserVariable names the environment variable with the path of a Chromium; the suite with services sets it.
const browserVariable = "RETOMA_TEST_CHROMIUM"

// picturesVariable names a folder for pictures of the page, for people who want to look at them.
const picturesVariable = "RETOMA_TEST_PICTURES"

// browsers are the ones that the page can be looked at with here.
func browsers() []string {
	if path := os.Getenv(browserVariable); path != "" {
		return []string{path}
	}
	return nil
}

// screen is a browser that shows the page of a world.
type screen struct {
	*world
	ctx context.Context
}

// onScreens runs a story on a screen of this size in every browser that there is.
func onScreens(t *testing.T, width, height int, story func(s *screen), adjust ...option) {
	for _, path := range browsers() {
		t.Run(filepath.Base(path), func(t *testing.T) {
			w := newWorld(t, adjust...)
			options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
			options = append(options, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(width, height), chromedp.Flag("disable-dev-shm-usage", true))
			allocated, endBrowser := chromedp.NewExecAllocator(context.Background(), options...)
			defer endBrowser()
			ctx, endTab := chromedp.NewContext(allocated)
			defer endTab()
			ctx, endTime := context.WithTimeout(ctx, time.Minute)
			defer endTime()
			s := &screen{world: w, ctx: ctx}
			s.does(chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(w.http.URL+"/"))
			story(s)
			require.NoError(t, chromedp.Cancel(ctx))
		})
	}
}

func (s *screen) does(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(s.ctx, actions...))
}

// sees waits until a part of the page holds a text.
func (s *screen) sees(selector, text string) {
	s.t.Helper()
	var found string
	require.Eventually(s.t, func() bool {
		found = s.text(selector)
		return strings.Contains(found, text)
	}, 15*time.Second, 50*time.Millisecond, "%s never showed %q", selector, text)
}

// text is what the parts of the page that a selector names show.
func (s *screen) text(selector string) string {
	s.t.Helper()
	return s.value(`[...document.querySelectorAll("` + selector + `")].map((one) => one.innerText).join("\n")`)
}

func (s *screen) value(expression string) string {
	s.t.Helper()
	found, err := chromedp.Run(s.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	require.NoError(s.t, err)
	return found
}

func (s *screen) click(selector string) {
	s.t.Helper()
	s.does(chromedp.Click(chromedp.CSS(selector)))
}

func (s *screen) types(selector, text string) {
	s.t.Helper()
	s.does(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// picture keeps what the screen shows, if somebody wants to look at it.
func (s *screen) picture(name string) {
	s.t.Helper()
	shot, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	require.NoError(s.t, err)
	require.NotEmpty(s.t, shot)
	if folder := os.Getenv(picturesVariable); folder != "" {
		require.NoError(s.t, os.WriteFile(filepath.Join(folder, name+".png"), shot, 0o600))
	}
}
