// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// need skips a test without the real program, unless SEINHUIS_REAL=require asks
// for it.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("SEINHUIS_REAL") == "require" {
		t.Fatalf("%s is not installed and SEINHUIS_REAL=require", program)
	}
	t.Skipf("%s is not installed", program)
}

// desk is a folder in which real programs work.
type desk struct {
	t      *testing.T
	folder string
}

func newDesk(t *testing.T) desk {
	t.Helper()
	folder, err := os.MkdirTemp("", "pgp") // short: sockets of the agent have names of at most 107 bytes
	must(t, err)
	d := desk{t, folder}
	t.Cleanup(func() {
		stop := exec.Command("gpgconf", "--homedir", folder, "--kill", "all")
		_ = stop.Run() // without GnuPG there is nothing to stop
		_ = os.RemoveAll(folder)
	})
	return d
}

func (d desk) put(name string, body []byte) {
	d.t.Helper()
	must(d.t, os.WriteFile(filepath.Join(d.folder, name), body, 0o600))
}

func (d desk) get(name string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.folder, name))
	must(d.t, err)
	return b
}

// run gives what the program wrote.
func (d desk) run(program string, args ...string) string {
	d.t.Helper()
	c := exec.Command(program, args...)
	c.Dir = d.folder
	c.Env = append(os.Environ(), "GNUPGHOME="+d.folder, "LC_ALL=C")
	var complaint strings.Builder
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, complaint.String())
	}
	return string(out)
}

func (d desk) gpg(args ...string) string {
	d.t.Helper()
	return d.run("gpg", append([]string{"--batch", "--yes", "--quiet", "--trust-model", "always", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
}

// now is real, because the programs know no other.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func TestGnuPG(t *testing.T) {
	need(t, "gpg")
	for _, algorithm := range []string{"future-default", "rsa3072"} {
		t.Run(algorithm, func(t *testing.T) {
			d, s := newDesk(t), newScene(t, now())
			if algorithm == "rsa3072" {
				d.put("key", []byte("%no-protection\nKey-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 3072\nName-Real: Energie BV\n%commit\n"))
				d.gpg("--generate-key", "key")
			} else {
				d.gpg("--quick-generate-key", "Energie BV", algorithm, "default", "never")
			}
			fpr := s.registerWithGnuPG(t, d)
			s.fromGnuPG(t, d, fpr)
			s.toGnuPG(t, d, fpr)
		})
	}
}

// registerWithGnuPG runs the commands of the package doc.
func (s *scene) registerWithGnuPG(t *testing.T, d desk) string {
	fpr := strings.TrimSpace(d.run("sh", "-c", `gpg --with-colons --list-keys "Energie BV" | awk -F: '$1=="fpr" {print $10; exit}'`))
	d.run("sh", "-c", `printf 'seinhuis sleutelverklaring v1\n%s\n%s\n%s\n' "`+string(creditorOIN)+`" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "`+fpr+`" > verklaring.txt`)
	d.gpg("--local-user", fpr, "--clearsign", "verklaring.txt")
	d.run("sh", "-c", `gpg --armor --export "`+fpr+`" >> verklaring.txt.asc`)
	oin, found, err := ReadKeyStatement(d.get("verklaring.txt.asc"), now())
	if err != nil || oin != creditorOIN || !strings.EqualFold(found[0].ID, fpr) {
		t.Fatalf("statement: %v", err)
	}
	s.party = gateway.Party{OIN: oin, Keys: found}
	d.put("seinhuis.pgp", s.intake)
	d.gpg("--import", "seinhuis.pgp")
	return fpr
}

func (s scene) fromGnuPG(t *testing.T, d desk, fpr string) {
	to, _ := Fingerprint(s.intake)
	plain := lines(1 << 20)
	d.put("meldingen.ndjson", plain)
	for _, extra := range [][]string{nil, {"--armor"}, {"--compress-algo", "none"}, {"--compress-algo", "bzip2"}, {"--cipher-algo", "AES128"}} {
		args := append(extra, "--local-user", fpr, "--output", "uit.gpg", "--sign", "--encrypt", "--no-encrypt-to", "--recipient", to, "meldingen.ndjson")
		d.gpg(args...)
		if got, err := s.open(d.get("uit.gpg"), now()); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("what gpg %v made: %v", extra, err)
		}
	}
	for code, args := range map[gateway.Code][]string{
		gateway.CodeSignature:     {"--encrypt", "--recipient", to},
		gateway.CodeKey:           {"--local-user", fpr, "--sign", "--encrypt", "--recipient", to, "--recipient", fpr},
		gateway.CodeUndecryptable: {"--local-user", fpr, "--sign"},
	} {
		d.gpg(append(append([]string{"--output", "uit.gpg"}, args...), "meldingen.ndjson")...)
		if _, err := s.open(d.get("uit.gpg"), now()); refusal(t, err) != code {
			t.Errorf("gpg %v: %v, want %s", args, err, code)
		}
	}
}

func (s scene) toGnuPG(t *testing.T, d desk, fpr string) {
	key := s.party.Keys[1]
	bodies, err := NewSealer(s.ring, now).Seal(t.Context(), []seal.Letter{{Key: key, Content: []byte(`{"versie":1}`)}})
	must(t, err)
	d.put("signaal.pgp", bodies[0])
	status := d.gpg("--status-fd", "1", "--output", "signaal.json", "--decrypt", "signaal.pgp")
	from, _ := Fingerprint(s.intake)
	if !strings.Contains(status, "VALIDSIG "+strings.ToUpper(from)) || !strings.Contains(status, "GOODMDC") {
		t.Errorf("gpg says: %s", status)
	}
	if got := string(d.get("signaal.json")); got != `{"versie":1}` {
		t.Errorf("gpg reads %q", got)
	}
	private, err := ReadPrivate([]byte(d.gpg("--armor", "--export-secret-keys", fpr)))
	must(t, err)
	if got, err := read(bodies[0], now(), []PrivateKey{private}, s.intake); err != nil || string(got) != `{"versie":1}` {
		t.Errorf("with the key that gpg exported: %v", err)
	}
}

func TestSequoia(t *testing.T) {
	need(t, "sq")
	for _, suite := range []string{"cv25519", "rsa3k"} {
		t.Run(suite, func(t *testing.T) {
			d, s := newDesk(t), newScene(t, now())
			d.run("sq", "key", "generate", "--cipher-suite", suite, "--userid", "Energie BV", "--export", "eigen.pgp")
			d.run("sq", "key", "extract-cert", "-o", "publiek.pgp", "eigen.pgp")
			d.put("seinhuis.pgp", s.intake)
			s.registerWithSequoia(t, d)

			plain := lines(1 << 20)
			d.put("meldingen.ndjson", plain)
			for _, extra := range [][]string{{"--binary"}, nil, {"--compression", "none"}, {"--compression", "zlib"}} {
				_ = os.Remove(filepath.Join(d.folder, "uit.pgp"))
				d.run("sq", append(append([]string{"encrypt"}, extra...), "--signer-key", "eigen.pgp", "--recipient-cert", "seinhuis.pgp", "-o", "uit.pgp", "meldingen.ndjson")...)
				if got, err := s.open(d.get("uit.pgp"), now()); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("what sq %v made: %v", extra, err)
				}
			}

			bodies, err := NewSealer(s.ring, now).Seal(t.Context(), []seal.Letter{{Key: s.party.Keys[1], Content: plain}})
			must(t, err)
			d.put("signaal.pgp", bodies[0])
			d.run("sq", "decrypt", "--recipient-key", "eigen.pgp", "--signer-cert", "seinhuis.pgp", "-o", "signaal.json", "signaal.pgp")
			if !bytes.Equal(d.get("signaal.json"), plain) {
				t.Error("sq reads something else")
			}
		})
	}
}

func (s *scene) registerWithSequoia(t *testing.T, d desk) {
	public, err := ReadPublic(d.get("publiek.pgp"), now())
	must(t, err)
	id, err := Fingerprint(public)
	must(t, err)
	d.put("verklaring.txt", []byte(strings.Join([]string{statementTitle, string(creditorOIN), now().Format(time.RFC3339), id, ""}, "\n")))
	signed := d.run("sq", "sign", "--cleartext-signature", "--signer-key", "eigen.pgp", "verklaring.txt")
	oin, found, err := ReadKeyStatement(append([]byte(signed), d.get("publiek.pgp")...), now())
	if err != nil {
		t.Fatalf("statement: %v", err)
	}
	s.party = gateway.Party{OIN: oin, Keys: found}
}
