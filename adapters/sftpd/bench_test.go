// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

const (
	benchFiles = 2000
	benchSize  = 2 << 10
)

// fetchAll lists a folder and fetches every file of it, as one client does in
// one session.
func fetchAll(b *testing.B, c *sftp.Client, dir string) {
	b.Helper()
	infos, err := c.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	fetched := 0
	for _, i := range infos {
		f, err := c.Open(dir + "/" + i.Name())
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, f)
		if err != nil {
			b.Fatal(err)
		}
		if n == benchSize {
			fetched++
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if fetched != benchFiles {
		b.Fatal(fetched)
	}
}

// BenchmarkFetch fetches 2,000 signals of 2 KB through this door, with a
// mailbox in memory behind it, and beside it as many files through OpenSSH's
// sshd and sftp-server on the same machine, with the same client.
func BenchmarkFetch(b *testing.B) {
	b.Run("seinhuis", func(b *testing.B) {
		h := newHouse(b)
		h.deposit(benchFiles, benchSize)
		c := h.client(town)
		b.ResetTimer()
		for b.Loop() {
			fetchAll(b, c, "/signalen/nieuw")
		}
	})
	b.Run("openssh", func(b *testing.B) {
		c, dir := openSSH(b)
		for i := range benchFiles {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jwe", i)), make([]byte, benchSize), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		b.ResetTimer()
		for b.Loop() {
			fetchAll(b, c, dir)
		}
	})
}

// openSSH starts an sshd on loopback and logs in.
func openSSH(b *testing.B) (c *sftp.Client, files string) {
	b.Helper()
	sshd := program(b, "sshd")
	const server = "/usr/lib/openssh/sftp-server"
	if _, err := os.Stat(server); err != nil {
		b.Skip("sftp-server is not installed")
	}
	me, err := user.Current()
	if err != nil {
		b.Fatal(err)
	}
	if me.Uid == "0" {
		_ = os.MkdirAll("/run/sshd", 0o755) // where sshd insists to be empty
	}
	h := newHouse(b)
	d := newDesk(b, h, town) // only for its key files
	if err := os.Rename(d.key, filepath.Join(d.dir, "host")); err != nil {
		b.Fatal(err)
	}
	k := newKey(b)
	d.file(b, "authorized", ssh.MarshalAuthorizedKey(k.PublicKey()))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr) //nolint:errcheck // it is one
	_ = l.Close()
	d.file(b, "config", fmt.Appendf(nil, "HostKey %s/host\nAuthorizedKeysFile %s/authorized\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\nSubsystem sftp %s\nCiphers %s\n",
		d.dir, d.dir, server, ciphers[0]))
	cmd := exec.Command(sshd, "-D", "-f", filepath.Join(d.dir, "config"), "-p", fmt.Sprint(addr.Port), "-o", "ListenAddress=127.0.0.1") //nolint:gosec // of this test
	if err := cmd.Start(); err != nil {
		b.Skip("sshd does not start")
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var conn *ssh.Client
	for end := time.Now().Add(3 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err = ssh.Dial("tcp", addr.String(), &ssh.ClientConfig{User: me.Username, Auth: []ssh.AuthMethod{ssh.PublicKeys(k)},
			HostKeyCallback: ssh.InsecureIgnoreHostKey()}) //nolint:gosec // a server of this test on loopback
		if err == nil {
			break
		}
		if time.Now().After(end) {
			b.Skip("sshd cannot be used here:", err)
		}
	}
	b.Cleanup(func() { _ = conn.Close() })
	if c, err = sftp.NewClient(conn); err != nil {
		b.Fatal(err)
	}
	files = filepath.Join(d.dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		b.Fatal(err)
	}
	return c, files
}
