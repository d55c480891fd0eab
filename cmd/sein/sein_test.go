// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"sein": main}) }

type (
	gatewayKey struct{}
	testKey    struct{}
)

// TestScripts runs each story of testdata against a gateway in memory of its
// own. $ENERGIE and $GEMEENTE are party folders.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			g := clienttest.New(t)
			env.Values[gatewayKey{}], env.Values[testKey{}] = g, t
			env.Setenv("ENERGIE", g.Creditor(t))
			env.Setenv("GEMEENTE", g.Municipal(t))
			address, hostKey := g.SFTP(t)
			_, other := g.SFTP(t)
			env.Setenv("DEUR", address)
			env.Setenv("HOSTSLEUTEL", hostKey)
			env.Setenv("ANDERE", other)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "deposit": deposit, "post": post, "fault": fault, "damage": damage, "mode": mode,
			"confirmed": confirmed, "refuse": refuse, "statement": statement, "asked": asked, "await": await,
			"viaparty": viaParty, "offline": offline, "rotate": rotate, "login": login, "pgp": pgp,
			"pick": pick, "told": told, "late": late,
		},
	})
}

func of(ts *testscript.TestScript) *clienttest.Gateway {
	return ts.Value(gatewayKey{}).(*clienttest.Gateway)
}

// code N sein …: the exit code must be N.
func code(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// late PAUSE raises an alarm: the pause was not applied in time.
func late(ts *testscript.TestScript, _ bool, args []string) {
	of(ts).Alarm(gateway.PauseID(args[0]), client.PauseAlarm{Kind: gateway.NoticePauseNotApplied, Term: gateway.TermWorkingDays, Since: time.Now().UTC()})
}

// deposit [-openpgp] ID FILE puts a signal into the mailbox.
func deposit(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "-openpgp" {
		of(ts).DepositOpenPGP(gateway.SignalID(args[1]), []byte(ts.ReadFile(args[2])))
		return
	}
	of(ts).Deposit(gateway.SignalID(args[0]), []byte(ts.ReadFile(args[1])))
}

// damage ID changes the sealed body.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	of(ts).Alter(gateway.SignalID(args[0]), func(b []byte) []byte { return append([]byte("e"), b...) })
}

// [!] confirmed ID
func confirmed(ts *testscript.TestScript, not bool, args []string) {
	if of(ts).Confirmed(gateway.SignalID(args[0])) == not {
		ts.Fatalf("confirmation of %s is not as expected", args[0])
	}
}

// post [gemeente] puts an acknowledgement with a pause of 30 days in the
// creditor's list, or that it is contested in the municipality's.
func post(ts *testscript.TestScript, _ bool, args []string) {
	today := gateway.Today(time.Now())
	n := gateway.Notice{Kind: gateway.NoticeHelpAccepted, ReportID: "01932b1c-0000-7000-8000-000000000001",
		Pause: &gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(time.Now(), nil)), From: today, Until: today.AddDays(30)}}
	if len(args) > 0 {
		n.Kind, n.ReportID, n.SignalID = gateway.NoticePauseContested, "", "01932b1c-0000-7000-8000-00000000000a"
	}
	ts.Setenv("BERICHT", string(of(ts).Post(n).ID))
}

// pick NAME REGEXP takes the first group out of stdout into a variable.
func pick(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("%s is not in stdout", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// told BERICHT SOORT KVK checks which agent the creditor named.
func told(ts *testscript.TestScript, _ bool, args []string) {
	agents := of(ts).Told(gateway.NoticeID(args[0]))
	if len(agents) != 1 || string(agents[0].Kind) != args[1] || agents[0].KvK != args[2] {
		ts.Fatalf("the gateway was told of %v", agents)
	}
}

// fault lost|hangs|STATUS SUFFIX makes requests to paths with the suffix fail; "fault none" ends it.
func fault(ts *testscript.TestScript, _ bool, args []string) {
	g := of(ts)
	g.Lock()
	defer g.Unlock()
	g.Around = nil
	if args[0] == "none" {
		return
	}
	g.Around = func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		status, err := strconv.Atoi(args[0])
		switch {
		case !strings.HasSuffix(r.URL.Path, args[1]):
			routes.ServeHTTP(w, r)
		case args[0] == "hangs":
			g.Lock()
			g.Seen["hangs"]++
			g.Unlock()
			_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that the client leaves
			<-r.Context().Done()
		case err == nil:
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(status)
		default:
			panic(http.ErrAbortHandler) // the connection is gone
		}
	}
}

// refuse makes the gateway refuse every report with two findings.
func refuse(ts *testscript.TestScript, _ bool, _ []string) {
	g := of(ts)
	g.Lock()
	defer g.Unlock()
	g.Judge = func([]byte) *gateway.Error {
		return gateway.Refuse(gateway.KindRefused,
			gateway.Finding{Code: "te-vroeg", Pointer: "/ontstaansdatum", Rule: "Bgs art. 2", Text: "De achterstand is te jong."},
			gateway.Finding{Code: gateway.CodeNoAgreement, Rule: "LCV", Text: "Er is geen overeenkomst."})
	}
}

// mode FILE OCTAL checks the permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := strconv.FormatInt(int64(info.Mode().Perm()), 8); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

// statement FILE OIN N checks a key statement as the gateway's operator does.
func statement(ts *testscript.TestScript, _ bool, args []string) {
	oin, keys, err := jose.ReadKeyStatement([]byte(ts.ReadFile(args[0])), time.Now())
	ts.Check(err)
	if string(oin) != args[1] || strconv.Itoa(len(keys)) != args[2] {
		ts.Fatalf("statement of %s with %d keys", oin, len(keys))
	}
}

// login FILE KEY.pub checks a login statement as the gateway's operator does.
func login(ts *testscript.TestScript, _ bool, args []string) {
	signing, _, err := client.ReadKeys(filepath.Dir(ts.MkAbs(args[1])))
	ts.Check(err)
	own := gateway.Party{OIN: clienttest.MunicipalityOIN, Kind: gateway.KindMunicipality, State: gateway.PartyActive, Keys: []gateway.PartyKey{signing.Public()}}
	key, err := jose.ReadLoginStatement([]byte(ts.ReadFile(args[0])), own, time.Now())
	ts.Check(err)
	want, _, _, _, err := ssh.ParseAuthorizedKey([]byte(ts.ReadFile(args[1])))
	ts.Check(err)
	if string(key) != string(want.Marshal()) {
		ts.Fatalf("the statement holds another key")
	}
}

// pgp FILE OIN checks an OpenPGP key statement as the gateway's operator does.
func pgp(ts *testscript.TestScript, _ bool, args []string) {
	oin, _, err := openpgp.ReadKeyStatement([]byte(ts.ReadFile(args[0])), time.Now())
	ts.Check(err)
	if string(oin) != args[1] {
		ts.Fatalf("statement of %s", oin)
	}
}

// asked N PATTERN checks how often a route was asked.
func asked(ts *testscript.TestScript, _ bool, args []string) {
	if got := of(ts).Count(args[1]); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s was asked %d times", args[1], got)
	}
}

// await N PATTERN waits until a route was asked so often.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strconv.Itoa(of(ts).Count(args[1])) == args[0] {
			return
		}
	}
	ts.Fatalf("%s was not asked %s times", args[1], args[0])
}

// viaparty writes the SFTP door into party.json.
func viaParty(ts *testscript.TestScript, _ bool, _ []string) {
	name := filepath.Join(ts.Getenv("SEIN_MAP"), client.FileParty)
	party, err := client.ReadParty(filepath.Dir(name))
	ts.Check(err)
	party.SFTP, party.HostKey = ts.Getenv("DEUR"), ts.Getenv("HOSTSLEUTEL")
	data, err := json.Marshal(party)
	ts.Check(err)
	ts.Check(os.WriteFile(name, data, 0o644))
}

// offline keeps the gateway's keys in the party folder and takes away what the
// API needs.
func offline(ts *testscript.TestScript, _ bool, _ []string) {
	dir := ts.Getenv("SEIN_MAP")
	ts.Check(os.WriteFile(filepath.Join(dir, client.FileKeys), of(ts).JWKS(), 0o644))
	for _, name := range []string{client.FileCertificate, client.FileTLSKey, client.FileRoots} {
		ts.Check(os.Remove(filepath.Join(dir, name)))
	}
}

// rotate gives the gateway new keys.
func rotate(ts *testscript.TestScript, _ bool, _ []string) {
	of(ts).Rotate(ts.Value(testKey{}).(*testing.T))
}
