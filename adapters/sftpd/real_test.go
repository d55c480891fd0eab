// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
)

// program finds a real client, or skips; with SEINHUIS_REAL=require its
// absence is a failure.
func program(t testing.TB, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err == nil {
		return found
	}
	if os.Getenv("SEINHUIS_REAL") == "require" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// desk is a folder of a participant: its key, the host key, and its files.
type desk struct {
	dir, key, known, host, port string
}

func newDesk(t testing.TB, h *house, oin gateway.OIN) desk {
	t.Helper()
	d := desk{dir: t.TempDir()}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	wire, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	h.enrol(oin, wire)
	d.host, d.port, _ = net.SplitHostPort(h.addr)
	d.key, d.known = filepath.Join(d.dir, "key"), filepath.Join(d.dir, "known_hosts")
	d.file(t, "key", pem.EncodeToMemory(block))
	d.file(t, "key.pub", ssh.MarshalAuthorizedKey(wire))
	d.file(t, "known_hosts", fmt.Appendf(nil, "[%s]:%s %s", d.host, d.port, ssh.MarshalAuthorizedKey(h.hostKey)))
	return d
}

func (d desk) file(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d desk) options() []string {
	return []string{"-F", "/dev/null", "-o", "IdentitiesOnly=yes", "-o", "IdentityFile=" + d.key, "-o", "UserKnownHostsFile=" + d.known,
		"-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=1"}
}

func (d desk) run(t testing.TB, stdin, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdin, cmd.Env = d.dir, strings.NewReader(stdin), append(os.Environ(), "HOME="+d.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
	return string(out)
}

// errands is what a day is about: two signals, a pause and a change of it.
type errands struct{ first, second, pause, change string }

// A full day in each real client: log in, list, get, move, drop feedback and a
// change of a pause, and fetch the receipts and the statement of the pause.
func TestRealClients(t *testing.T) {
	for name, day := range map[string]func(t *testing.T, d desk, e errands){
		"sftp": func(t *testing.T, d desk, e errands) {
			script := "cd signalen/nieuw\nls -l\nget " + e.first + "\nget " + e.second + "\nget index.csv\nrename " + e.first + " /signalen/opgehaald/" + e.first + "\nrm " + e.second +
				"\ncd /terugkoppelingen\nput letter.jws a.jws.part\nrename a.jws.part a.jws\nget /bewijzen/a.bewijs.jws\nget /pauzes/" + e.pause + "\nput " + e.change + " /pauzewijzigingen/" + e.change + "\nget /bewijzen/" +
				strings.TrimSuffix(e.change, endLetter) + endChanged + "\nbye\n"
			d.run(t, script, program(t, "sftp"), append(d.options(), "-b", "-", "-P", d.port, string(town)+"@"+d.host)...)
		},
		"lftp": func(t *testing.T, d desk, e errands) {
			script := "set sftp:connect-program \"ssh -a -x " + strings.Join(d.options(), " ") + "\"\nset net:max-retries 1\nset cmd:fail-exit true\nopen -u " + string(town) + ",x sftp://" + d.host + ":" + d.port +
				"\nmirror --include-glob '*' /signalen/nieuw .\nmv /signalen/nieuw/" + e.first + " /signalen/opgehaald/" + e.first + "\nrm /signalen/nieuw/" + e.second +
				"\nset xfer:use-temp-file yes\nset xfer:temp-file-name *.part\nput -O /terugkoppelingen letter.jws -o a.jws\nget /bewijzen/a.bewijs.jws\nget /pauzes/" + e.pause + "\nput -O /pauzewijzigingen " + e.change +
				"\nget /bewijzen/" + strings.TrimSuffix(e.change, endLetter) + endChanged + "\n"
			program(t, "ssh")
			d.run(t, script, program(t, "lftp"), "--norc")
		},
		"rclone": func(t *testing.T, d desk, e errands) {
			rclone := program(t, "rclone")
			remote := fmt.Sprintf(":sftp,host=%s,port=%s,user=%s,key_file=%s,known_hosts_file=%s,shell_type=none:", d.host, d.port, town, d.key, d.known)
			at := []string{"--config", "/dev/null", "--retries", "1", "--low-level-retries", "1"}
			d.run(t, "", rclone, append(at, "copy", remote+"/signalen/nieuw", d.dir)...)
			d.run(t, "", rclone, append(at, "moveto", remote+"/signalen/nieuw/"+e.first, remote+"/signalen/opgehaald/"+e.first)...)
			d.run(t, "", rclone, append(at, "deletefile", remote+"/signalen/nieuw/"+e.second)...)
			d.run(t, "", rclone, append(at, "copyto", "letter.jws", remote+"/terugkoppelingen/a.jws")...)
			d.run(t, "", rclone, append(at, "copyto", remote+"/bewijzen/a.bewijs.jws", "a.bewijs.jws")...)
			d.run(t, "", rclone, append(at, "copyto", remote+"/pauzes/"+e.pause, e.pause)...)
			d.run(t, "", rclone, append(at, "copyto", e.change, remote+"/pauzewijzigingen/"+e.change)...)
			receipt := strings.TrimSuffix(e.change, endLetter) + endChanged
			d.run(t, "", rclone, append(at, "copyto", remote+"/bewijzen/"+receipt, receipt)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deposit(2, 100_000)
			d := newDesk(t, h, town)
			id := newID()
			h.mu.Lock() // also for the race detector, which does not see through another process
			first, second, letter := nameOf(h.signals[0]), nameOf(h.signals[1]), letterOf(id, h.signals[0].ID, "Opgepakt")
			h.mu.Unlock()
			d.file(t, "letter.jws", letter)
			p, change := h.paused(), gateway.ChangeID(newID())
			e := errands{first, second, string(p) + endLetter, string(change) + endLetter}
			d.file(t, e.change, changeOf(change, p, "verlengen"))
			day(t, d, e)
			h.mu.Lock()
			for i, f := range []string{first, second} {
				if b, err := os.ReadFile(filepath.Join(d.dir, f)); err != nil || !bytes.Equal(b, h.bodies[h.signals[i].ID]) {
					t.Errorf("%s: %v", f, err)
				}
			}
			h.mu.Unlock()
			if b, err := os.ReadFile(filepath.Join(d.dir, "a.bewijs.jws")); err != nil || string(b) != "bewijs."+string(id)+".x" {
				t.Errorf("%q %v", b, err)
			}
			if b, err := os.ReadFile(filepath.Join(d.dir, e.pause)); err != nil || !strings.HasPrefix(string(b), "verklaring."+string(p)) {
				t.Errorf("%q %v", b, err)
			}
			if b, err := os.ReadFile(filepath.Join(d.dir, string(change)+endChanged)); err != nil || string(b) != "wijziging."+string(change)+".x" {
				t.Errorf("%q %v", b, err)
			}
			did := strings.Join(h.did(), " ")
			if strings.Count(did, "state") != 1 || strings.Count(did, "change by") != 1 {
				t.Error(did)
			}
			if strings.Count(did, "delivered") != 2 || strings.Count(did, "confirm") != 2 || strings.Count(did, "accept") != 1 {
				t.Error(did)
			}
		})
	}
}

// ssh-audit finds nothing to say against the door.
func TestAudited(t *testing.T) {
	audit := program(t, "ssh-audit")
	h := newHouse(t)
	host, port, _ := net.SplitHostPort(h.addr)
	out, _ := exec.CommandContext(t.Context(), audit, "--no-colors", "-p", port, host).CombinedOutput() //nolint:gosec // the path is looked up
	t.Logf("%s", out)
	for line := range strings.Lines(string(out)) {
		if (strings.Contains(line, "[fail]") || strings.Contains(line, "[warn]")) && !newer(line) {
			t.Error(strings.TrimSpace(line))
		}
	}
	if !strings.Contains(string(out), "mlkem768x25519-sha256") {
		t.Error("no key exchange that outlives a quantum computer")
	}
}

// newer names the exceptions: what an ssh-audit of before 2024 does not know
// and calls unknown, the hybrid key exchange and the answer to the Terrapin
// attack.
func newer(line string) bool {
	return strings.Contains(line, "unknown algorithm") &&
		(strings.Contains(line, "mlkem768x25519-sha256") || strings.Contains(line, "kex-strict-s-v00@openssh.com"))
}
