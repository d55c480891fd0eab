// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

const (
	energyOIN gateway.OIN  = "00000099000000002000"
	waterOIN  gateway.OIN  = "00000099000000003000"
	reportID  gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"
	signalID  gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e12"
	waterID   gateway.UUID = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e13"
	officerID gateway.UUID = "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10"
)

// book is a log that tells what was written, and can fail.
type book struct {
	mu      sync.Mutex
	entries []proof.Entry
	fails   error
}

func (b *book) Write(_ context.Context, entries []audit.Entry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails != nil {
		return b.fails
	}
	for _, e := range entries {
		x, err := proof.Decode(e.Leaf())
		if err != nil {
			return err
		}
		b.entries = append(b.entries, x)
	}
	return nil
}

func (b *book) events() (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		out = append(out, e.Event)
	}
	return out
}

// journal is a small log in memory that knows whom each entry concerns.
type journal struct {
	hits     []oversight.Hit
	concerns map[int64][]gateway.OIN
	asked    []oversight.Query
	fails    error
}

func (j *journal) in(s oversight.Scope, n int64) bool {
	return s.All() || slices.ContainsFunc(j.concerns[n], s.Has)
}

func (j *journal) Search(_ context.Context, v oversight.Visit, q oversight.Query) (out []oversight.Hit, err error) {
	j.asked = append(j.asked, q)
	for _, h := range slices.Backward(j.hits) {
		fits := (q.Party == "" || slices.Contains(j.concerns[h.Number], q.Party)) && (len(q.Events) == 0 || slices.Contains(q.Events, audit.Event(h.Entry.Event))) &&
			(q.Result == "" || q.Result == h.Entry.Result) && (q.Object == "" || strings.Contains(h.Entry.Object, string(q.Object))) &&
			(q.Before == 0 || h.Number < q.Before) && (q.Since.IsZero() || !h.Entry.At().Before(q.Since)) && (q.Until.IsZero() || h.Entry.At().Before(q.Until))
		if fits && j.in(v.Officer.Scope(), h.Number) && len(out) < q.Limit {
			out = append(out, h)
		}
	}
	return out, j.fails
}

func (j *journal) Entry(_ context.Context, v oversight.Visit, n int64) (oversight.Hit, error) {
	for _, h := range j.hits {
		if h.Number == n && j.in(v.Officer.Scope(), n) {
			return h, j.fails
		}
	}
	return oversight.Hit{}, absent()
}

func (j *journal) Life(_ context.Context, v oversight.Visit, id gateway.UUID) (out []oversight.Hit, err error) {
	for _, h := range j.hits {
		if j.in(v.Officer.Scope(), h.Number) && strings.Contains(h.Entry.Object, string(id)) {
			out = append(out, h)
		}
	}
	if len(out) == 0 {
		return nil, absent()
	}
	return out, j.fails
}

func (j *journal) Volumes(_ context.Context, v oversight.Visit, party gateway.OIN, from, through gateway.Date) (out []oversight.Volume, err error) {
	for d := from; !d.After(through); d = d.AddDays(1) {
		for _, h := range j.hits {
			if gateway.DateOf(h.Entry.At()) != d || !j.in(v.Officer.Scope().To(party), h.Number) {
				continue
			}
			for _, code := range append([]string{""}, h.Entry.Codes...) {
				out = append(out, oversight.Volume{Day: d, Event: audit.Event(h.Entry.Event), Result: h.Entry.Result, Code: code, Count: 1})
			}
		}
	}
	return out, j.fails
}

// world is a console with what lies behind it.
type world struct {
	console *Console
	server  *httptest.Server
	book    *book
	journal *journal
	log     *sealedLog
	codes   *Codes
	mu      sync.Mutex
	now     time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// newWorld serves a console over http on loopback, as a trial does.
func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{book: &book{}, now: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), codes: NewCodes(t.TempDir())}
	w.journal = sampleJournal(t, w.now)
	w.log = newSealedLog(t, w)
	w.server = httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) { w.console.ServeHTTP(out, r) }))
	c := Config{Address: "http://" + w.server.Listener.Addr().String(), Codes: w.codes, Book: w.book,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: w.clock}
	for _, f := range change {
		f(&c)
	}
	var err error
	if w.console, err = New(c, samplePorts(w)); err != nil {
		t.Fatal(err)
	}
	w.server.Start()
	t.Cleanup(w.server.Close)
	return w
}

// samplePorts fills every port with a fake.
func samplePorts(w *world) Ports {
	desk := sampleAdoption(w.now)
	return withRecords(Ports{Journal: w.journal, Inspection: w.log, Handouts: w.log, LogKeys: []string{"seinhuis.test/logboek+00000000+sleutel"},
		Policy: desk, Approval: desk, Workbench: desk}, w.now, w.book)
}

// sampleJournal is a short history of two creditors.
func sampleJournal(t *testing.T, now time.Time) *journal {
	t.Helper()
	j := &journal{concerns: map[int64][]gateway.OIN{}}
	add := func(ago time.Duration, event audit.Event, who gateway.OIN, role audit.Role, object string, o ...audit.Option) {
		e, err := audit.New(event, audit.By{Actor: string(who), Role: role, Origin: audit.Local, Trace: gateway.NewTrace()}, object, now.Add(-ago), o...)
		if err != nil {
			t.Fatal(err)
		}
		x, err := proof.Decode(e.Leaf())
		if err != nil {
			t.Fatal(err)
		}
		n := int64(len(j.hits) + 1)
		j.hits = append(j.hits, oversight.Hit{Number: n, Entry: x})
		j.concerns[n] = []gateway.OIN{who}
	}
	day := 24 * time.Hour
	for i := range 70 { // more than one page of results
		at := time.Duration(70-i) * 9 * time.Hour
		id := string(gateway.NewUUID(now.Add(-at), nil))
		switch i % 7 {
		case 3:
			add(at, audit.ReportRefused, energyOIN, audit.Creditor, audit.Object(audit.KindReport, string(energyOIN), id), audit.Refused("geen-overeenkomst", "onder-drempel", "drempel"))
		case 5:
			add(at, audit.ReportRefused, energyOIN, audit.Creditor, audit.Object(audit.KindReport, string(energyOIN), id), audit.Refused("drempel"))
		default:
			add(at, audit.ReportReceived, energyOIN, audit.Creditor, audit.Object(audit.KindReport, string(energyOIN), id), audit.Receipt("a.b.c"))
		}
	}
	add(3*day, audit.ReportReceived, energyOIN, audit.Creditor, audit.Object(audit.KindReport, string(energyOIN), string(reportID)), audit.Receipt("a.b.c"))
	add(2*day, audit.ReportRefused, waterOIN, audit.Creditor, audit.Object(audit.KindReport, string(waterOIN), string(waterID)), audit.Refused("geen-overeenkomst"))
	add(day, audit.ReportWithdrawn, energyOIN, audit.Creditor, audit.Object(audit.KindReport, string(energyOIN), string(reportID)))
	return j
}

// browser keeps cookies as a browser would, and says whence its forms come.
type browser struct {
	t       *testing.T
	w       *world
	cookies map[string]string
}

func (w *world) browser(t *testing.T) *browser { return &browser{t, w, map[string]string{}} }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(method, path string, values url.Values, header ...string) answer {
	b.t.Helper()
	body, kind := bodyOf(b.t, values)
	r, err := http.NewRequest(method, b.w.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if values != nil {
		r.Header.Set("Content-Type", kind)
	}
	if method != http.MethodGet {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// token is the token of the session, as every page of it has.
func (b *browser) token() string {
	b.t.Helper()
	m := tokenField.FindStringSubmatch(b.get("/").body)
	if m == nil {
		b.t.Fatal("the page has no token")
	}
	return m[1]
}

// signIn gives an officer a code and uses it.
func (b *browser) signIn(roles []oversight.Role, parties ...gateway.OIN) *browser {
	b.t.Helper()
	code, err := b.w.codes.Give(oversight.Claims{Account: officerID, Roles: roles, Parties: parties}, b.w.clock())
	if err != nil {
		b.t.Fatal(err)
	}
	if a := b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {code}}); a.status != http.StatusOK || b.cookies[sessionCookie] == "" {
		b.t.Fatalf("signing in gave %d\n%s", a.status, a.body)
	}
	return b
}
