// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// The parts of formats.md about files, held by the code that takes them.

const creditorOIN = gateway.OIN("00000099000000002000")

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestFileExample reads the CSV of the page as the gateway does: its first row
// is the melding of the page, byte for byte, so the receipt of the page is its.
func TestFileExample(t *testing.T) {
	text := one(t, "aanlevering.csv") + "\n"
	in := batch.NewReader(batch.LayoutCSV, strings.NewReader(text))
	var rows []string
	for {
		line, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil || len(line.Findings) > 0 {
			t.Fatal(err, line.Findings)
		}
		rows = append(rows, string(line.Payload))
	}
	want := []string{string(compact(t, one(t, "melding"))), one(t, "aanlevering.regel2")}
	if len(in.Faults()) > 0 || !slices.Equal(rows, want) {
		t.Errorf("faults %v; the rows become\n%s", in.Faults(), strings.Join(rows, "\n"))
	}
	lines := strings.Split(text, "\n")
	again, findings := batch.RowJSON(strings.Split(lines[0], ";"), strings.Split(lines[1], ";"))
	if len(findings) > 0 || string(again) != rows[0] {
		t.Errorf("RowJSON gives %s %v", again, findings)
	}
	var signed struct {
		Payload  string `json:"sha256"`
		Outcomes string `json:"sha256Uitkomsten"`
	}
	if err := json.Unmarshal([]byte(one(t, "samenvatting")), &signed); err != nil {
		t.Fatal(err)
	}
	var status client.BatchStatus
	decode(t, one(t, "aanlevering"), &status)
	if sum := sumOf(text); signed.Payload != sum || status.Digest != sum {
		t.Errorf("the file has digest %s", sum)
	}
	if sum := sumOf(one(t, "uitkomsten") + "\n"); signed.Outcomes != sum {
		t.Errorf("the outcomes have digest %s", sum)
	}
}

func TestOutcomeExample(t *testing.T) {
	var kinds []batch.OutcomeKind
	for i, line := range strings.Split(one(t, "uitkomsten"), "\n") {
		var o client.Outcome
		decode(t, line, &o)
		kinds = append(kinds, o.Kind)
		if o.Line != int64(i+1) {
			t.Errorf("line %d says %d", i+1, o.Line)
		}
		if o.Kind == batch.LineAccepted && o.Compact != one(t, "ontvangstbewijs.jws") {
			t.Error("the receipt of line 1 is not that of the page")
		}
	}
	if !slices.Equal(kinds, []batch.OutcomeKind{batch.LineAccepted, batch.LineRefused}) {
		t.Error(kinds)
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
}

// The page names every column where it belongs, and no other.
func TestColumnsAreListed(t *testing.T) {
	_, rest, ok := strings.Cut(page(t, "docs/formats.md"), "<!-- columns -->\n")
	list, _, _ := strings.Cut(rest, "\n\n")
	must, may, split := strings.Cut(list, "- may be there:")
	if !ok || !split {
		t.Fatal("formats.md has lost its columns")
	}
	all, required := batch.Columns()
	quoted := func(text string) (names []string) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
		return names
	}
	optional := slices.DeleteFunc(all, func(name string) bool { return slices.Contains(required, name) })
	if got := quoted(must); !slices.Equal(got, required) {
		t.Errorf("required: %v, and the page says %v", required, got)
	}
	if got := quoted(may); !slices.Equal(got, optional) {
		t.Errorf("optional: %v, and the page says %v", optional, got)
	}
}

func TestOpenPGPStatementExampleIsTaken(t *testing.T) {
	oin, keys, err := openpgp.ReadKeyStatement([]byte(one(t, "sleutelverklaring.asc")), written)
	if err != nil || oin != creditorOIN || len(keys) != 2 {
		t.Fatal(oin, len(keys), err)
	}
	party := gateway.Party{OIN: creditorOIN, Kind: gateway.KindCreditor, Keys: keys}
	login, err := openpgp.ReadLoginStatement([]byte(one(t, "inlogsleutel.asc")), party, written)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Key string `json:"sshSleutel"`
	}
	if err := json.Unmarshal([]byte(one(t, "inlogsleutel")), &claims); err != nil || claims.Key != base64.StdEncoding.EncodeToString(login) {
		t.Errorf("the two login statements are not of one key: %v", err)
	}
}

func TestLoginStatementExampleIsTheClaims(t *testing.T) {
	signer, err := jose.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Key []byte `json:"sshSleutel"`
	}
	if err := json.Unmarshal([]byte(one(t, "inlogsleutel")), &claims); err != nil {
		t.Fatal(err)
	}
	token, err := jose.MakeLoginStatement(creditorOIN, written, claims.Key, signer)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(token), ".")[1])
	if err != nil || !bytes.Equal(payload, compact(t, one(t, "inlogsleutel"))) {
		t.Errorf("the claims are %s", payload)
	}
	key := signer.Public()
	key.From = written
	party := gateway.Party{OIN: creditorOIN, Kind: gateway.KindCreditor, Keys: []gateway.PartyKey{key}}
	if got, err := jose.ReadLoginStatement(token, party, written); err != nil || !bytes.Equal(got, claims.Key) {
		t.Errorf("read: %v", err)
	}
}

var gpgBlock = regexp.MustCompile("(?ms)^<!-- gpg: (\\S+) -->\n```sh\n(.*?)^```$")

// gatewayKeys is the gateway's key as the opener asks for it.
type gatewayKeys [][]byte

func (k gatewayKeys) OpenPGPKeys(context.Context) ([][]byte, error) { return k, nil }

// TestCommandsForGnuPG types the commands of the page: the statements that come
// out are taken, and the file is opened.
func TestCommandsForGnuPG(t *testing.T) {
	for _, tool := range []string{"gpg", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("SEINHUIS_REAL") == "require" {
			t.Fatalf("%s is not installed", tool)
		} else if err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	blocks := map[string]string{}
	for _, m := range gpgBlock.FindAllStringSubmatch(page(t, "docs/formats.md"), -1) {
		blocks[m[1]] = m[2]
	}
	now := time.Now()
	private, public, err := openpgp.NewIntakeKey("00000099000000001000", "Seinhuis", now)
	if err != nil {
		t.Fatal(err)
	}
	d := newGnuPG(t)
	d.put("seinhuis.pgp", public)
	d.put("meldingen.ndjson", []byte("{}\n"))
	d.run("gpg --import seinhuis.pgp && ssh-keygen -q -t ed25519 -N '' -f ssh_ed25519\n" +
		blocks["sleutel"] + blocks["inlog"] + blocks["bestand"])

	oin, keys, err := openpgp.ReadKeyStatement(d.get("verklaring.txt.asc"), now)
	if err != nil || oin != creditorOIN {
		t.Fatal(oin, err)
	}
	party := gateway.Party{OIN: oin, Kind: gateway.KindCreditor, State: gateway.PartyActive, Keys: keys}
	if _, err := openpgp.ReadLoginStatement(d.get("inlog.txt.asc"), party, now); err != nil {
		t.Error(err)
	}
	plain, err := openpgp.NewOpener(gatewayKeys{private}).OpenFile(t.Context(), party, now, bytes.NewReader(d.get("bestand.ndjson.pgp")))
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(plain); err != nil || string(content) != "{}\n" {
		t.Errorf("%q %v", content, err)
	}
}

// gnuPG is a folder with a home for gpg, in which nobody is asked anything.
type gnuPG struct {
	*testing.T
	dir string
}

func newGnuPG(t *testing.T) gnuPG {
	t.Helper()
	dir, err := os.MkdirTemp("", "gpg") // the agent's socket has a short name only here
	if err != nil {
		t.Fatal(err)
	}
	d := gnuPG{t, dir}
	d.put("gpg.conf", []byte("batch\nyes\nquiet\ntrust-model always\npinentry-mode loopback\npassphrase-file "+filepath.Join(dir, "none")+"\n"))
	d.put("none", []byte("\n"))
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run()
		_ = os.RemoveAll(dir)
	})
	return d
}

func (d gnuPG) put(name string, data []byte) {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), data, 0o600); err != nil {
		d.Fatal(err)
	}
}

func (d gnuPG) get(name string) []byte {
	d.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.Fatal(err)
	}
	return data
}

func (d gnuPG) run(script string) {
	d.Helper()
	c := exec.Command("sh", "-euc", script)
	c.Dir = d.dir
	c.Env = append(os.Environ(), "GNUPGHOME="+d.dir, "LC_ALL=C", "OIN="+string(creditorOIN), "NAAM=Energie (voorbeeld)",
		"SEINHUIS=00000099000000001000", "ID=bestand")
	if out, err := c.CombinedOutput(); err != nil {
		d.Fatalf("%v\n%s", err, out)
	}
}
