package present_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium, spoken to in its DevTools protocol over a pair of pipes: messages of JSON, each ended by a zero byte.
type browser struct {
	t       *testing.T
	send    *os.File
	answers chan message
	session string
	last    int
	// What the page did: requests, and everything that the console would show as a warning or an error.
	requests, complaints []string
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// chromium finds the browser, or skips the test.
func chromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starting a browser is not short")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium on this machine: apt-get install chromium")
	return ""
}

func startBrowser(t *testing.T) *browser {
	path := chromium(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	theirsIn, oursOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	oursIn, theirsOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "netc-browser-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirsIn, theirsOut} // its descriptors 3 and 4
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Skipf("Chromium does not start: %v", err)
	}
	theirsIn.Close()
	theirsOut.Close()
	b := &browser{t: t, send: oursOut, answers: make(chan message, 1000)}
	go func() {
		defer close(b.answers)
		in := bufio.NewReader(oursIn)
		for {
			raw, err := in.ReadBytes(0)
			if err != nil {
				return
			}
			var m message
			if json.Unmarshal(raw[:len(raw)-1], &m) == nil {
				b.answers <- m
			}
		}
	}()
	t.Cleanup(func() {
		oursOut.Close() // Chromium ends when its pipe does
		oursIn.Close()
		cancel()
		_ = cmd.Wait() // ended by the lines above: its status says nothing
		_ = os.RemoveAll(profile)
	})
	var made struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	b.call("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &made)
	b.session = made.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// call sends a command and waits for its answer, taking note of what happens meanwhile.
func (b *browser) call(method string, params any, result any) {
	b.t.Helper()
	b.last++
	id := b.last
	if params == nil {
		params = map[string]any{}
	}
	msg := map[string]any{"id": id, "method": method, "params": params}
	if b.session != "" {
		msg["sessionId"] = b.session
	}
	raw, err := json.Marshal(msg)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.send.Write(append(raw, 0)); err != nil {
		b.t.Fatalf("Chromium is gone: %v", err)
	}
	for m := range b.answers {
		if m.ID != id {
			b.note(m)
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
	b.t.Fatalf("Chromium ended before it answered %s", method)
}

func (b *browser) note(m message) {
	var p struct {
		Type      string
		Request   struct{ URL string }
		Entry     struct{ Level, Text string }
		Args      []struct{ Value any }
		Exception struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	if json.Unmarshal(m.Params, &p) != nil {
		return
	}
	switch m.Method {
	case "Network.requestWillBeSent":
		b.requests = append(b.requests, p.Request.URL)
	case "Log.entryAdded":
		b.complaints = append(b.complaints, p.Entry.Level+": "+p.Entry.Text)
	case "Runtime.consoleAPICalled":
		b.complaints = append(b.complaints, fmt.Sprint(p.Type, ": ", p.Args))
	case "Runtime.exceptionThrown":
		b.complaints = append(b.complaints, p.Exception.Text+" "+p.Exception.Exception.Description)
	}
}

// eval runs an expression in the page, to which a promise is waited for, and gives its value.
func (b *browser) eval(expression string) any {
	b.t.Helper()
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Exception struct{ Description string }
		}
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails.Exception.Description)
	}
	return out.Result.Value
}

// open loads a file and waits until it is laid out.
func (b *browser) open(path string) {
	b.t.Helper()
	b.requests, b.complaints = nil, nil
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	for { // the answer comes before the page is there
		if b.eval(`document.readyState === "complete" && location.protocol === "file:"`) == true {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.settle()
}

// settle waits until the page is drawn.
func (b *browser) settle() {
	b.t.Helper()
	b.eval(`new Promise(function (r) { requestAnimationFrame(function () { setTimeout(r, 0); }); })`)
}

func (b *browser) screen(width, height int, dark bool) {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// picture keeps a screenshot of the whole page where NETC_PAGES asks for it.
func (b *browser) picture(name string) {
	dir := os.Getenv("NETC_PAGES")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	raw, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// In a real browser every page loads without a word on the console and without a request, in light and dark; nothing sticks out of a
// phone's screen; text can be told from its background; the theme can be chosen; the pointer finds the curves.
func TestInBrowser(t *testing.T) {
	b := startBrowser(t)
	for _, e := range examples {
		path := filepath.Join(t.TempDir(), e.name+".html")
		if err := os.WriteFile(path, []byte(html(t, e.make())), 0o644); err != nil {
			t.Fatal(err)
		}
		b.open(path)
		all := os.Getenv("NETC_PAGES") != ""
		for _, look := range []struct {
			name  string
			width int
			dark  bool
		}{{"desktop-light", 1280, false}, {"desktop-dark", 1280, true}, {"phone-light", 390, false}, {"phone-dark", 390, true}} {
			if (look.width < 600) != look.dark && !all { // what sticks out does not depend on colors, nor the other way round
				continue
			}
			b.screen(look.width, 900, look.dark)
			b.settle()
			name := e.name + ", " + look.name
			for _, r := range b.requests {
				if !strings.HasPrefix(r, "file://"+path) && !strings.HasPrefix(r, "data:") {
					t.Errorf("%s: a request to %s", name, r)
				}
			}
			for _, c := range b.complaints {
				t.Errorf("%s: the console shows %s", name, c)
			}
			if out := b.eval(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); out != 0.0 {
				t.Errorf("%s: the page is %v pixels wider than the screen: %v", name, out, b.eval(sticksOut))
			}
			if low := b.eval(lowContrast); low != "" {
				t.Errorf("%s: too little contrast: %v", name, low)
			}
			b.picture(e.name + "-" + look.name)
		}
	}

	path := filepath.Join(t.TempDir(), "one.html")
	if err := os.WriteFile(path, []byte(html(t, one())), 0o644); err != nil {
		t.Fatal(err)
	}
	b.screen(1280, 900, false)
	b.open(path)
	const ground = `getComputedStyle(document.body).backgroundColor`
	light := b.eval(ground)
	if b.eval(`document.getElementById("theme").hidden`) != false {
		t.Error("the choice of themes is hidden")
	}
	b.eval(`document.getElementById("theme").click(), document.getElementById("theme").click()`)
	if got := b.eval(`document.documentElement.dataset.theme`); got != "dark" {
		t.Errorf("after two clicks the theme is %v", got)
	}
	if b.eval(ground) == light {
		t.Error("dark looks like light")
	}
	tip := b.eval(`(function () {
		var plot = document.querySelector("[data-hover] .plot"), box = plot.getBoundingClientRect();
		plot.dispatchEvent(new PointerEvent("pointermove", {clientX: box.right, clientY: box.top + 5}));
		return plot.querySelector(".tip").textContent;
	})()`)
	if s, _ := tip.(string); !strings.HasPrefix(s, "epoch 12with dropout, held-out part: ") {
		t.Errorf("the pointer at the end of the curves shows %q", tip)
	}
	b.eval(`(function () { dispatchEvent(new Event("beforeprint")); })()`)
	if n := b.eval(`document.querySelectorAll("section > details:not([open])").length`); n != 0.0 {
		t.Errorf("%v parts stay closed on paper", n)
	}

	// The watch over requests and the console sees what it is for.
	bad := filepath.Join(t.TempDir(), "bad.html")
	if err := os.WriteFile(bad, []byte(`<!doctype html><img src="http://127.0.0.1:9/x.png"><script>console.error("seen")</script>`), 0o644); err != nil {
		t.Fatal(err)
	}
	b.open(bad)
	if got := strings.Join(b.requests, " "); !strings.Contains(got, "http://127.0.0.1:9/x.png") {
		t.Errorf("a request was not seen, only %s", got)
	}
	if got := strings.Join(b.complaints, " "); !strings.Contains(got, "seen") {
		t.Errorf("an error on the console was not seen, only %s", got)
	}
}

// sticksOut names elements that reach beyond the screen and lie in no box that scrolls.
const sticksOut = `Array.from(document.querySelectorAll("body *")).filter(function (e) {
	return e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll, .code, nav, .tip");
}).slice(0, 5).map(function (e) { return e.tagName + "." + (e.className.baseVal || e.className) + " " + Math.round(e.getBoundingClientRect().right); }).join("; ")`

// lowContrast names texts whose contrast with their background is below 4.5, the limit of WCAG 2.2, 1.4.3.
const lowContrast = `(function () {
	var canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true}), known = {};
	function rgba(color) {
		if (known[color]) return known[color];
		canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
		return known[color] = canvas.getImageData(0, 0, 1, 1).data;
	}
	function luminance(c) {
		var l = [0, 1, 2].map(function (i) { var v = c[i] / 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
		return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
	}
	function ground(e) {
		for (; e; e = e.parentElement) { var c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
		return [255, 255, 255];
	}
	var low = {};
	document.querySelectorAll("body *").forEach(function (e) {
		if (e.closest("svg, script, .skip") || !e.getClientRects().length) return;
		if (!Array.from(e.childNodes).some(function (n) { return n.nodeType === 3 && n.data.trim(); })) return;
		var a = luminance(rgba(getComputedStyle(e).color)), b = luminance(ground(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) low[e.tagName + "." + e.className + " " + ratio.toFixed(2)] = 1;
	});
	return Object.keys(low).slice(0, 12).join("; ");
})()`
