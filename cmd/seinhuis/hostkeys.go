// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// hostKeyFiles are the host keys of the SFTP door, in OpenSSH's own form.
// Ed25519 alone: scanners fail the curve of NIST for SSH.
var hostKeyFiles = []string{"ssh_host_ed25519"}

// makeHostKeys makes the host keys that are not there yet.
func makeHostKeys(dir string) error {
	for _, name := range hostKeyFiles {
		path := filepath.Join(dir, "tls", name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		key, err := newSSHKey()
		if err != nil {
			return err
		}
		if err := writeSSHKey(path, key); err != nil {
			return err
		}
	}
	return nil
}

func newSSHKey() (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

// writeSSHKey writes a private key and, beside it, the public one as clients
// take it into known_hosts or authorized_keys.
func writeSSHKey(path string, key crypto.Signer) error {
	block, err := ssh.MarshalPrivateKey(key, "seinhuis")
	if err != nil {
		return err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return err
	}
	return errors.Join(writeNew(path, pem.EncodeToMemory(block), 0o600), writeNew(path+".pub", ssh.MarshalAuthorizedKey(public), 0o644))
}

// publicHostKey is the host key as a client takes it into known_hosts: kind
// and key.
func publicHostKey(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "tls", hostKeyFiles[0]+".pub"))
	if err != nil {
		return "", notReady(err)
	}
	words := strings.Fields(string(data))
	if len(words) < 2 {
		return "", notReady(errors.New("host key of the SFTP door is not readable"))
	}
	return words[0] + " " + words[1], nil
}

// readHostKeys reads the host keys of an installation.
func readHostKeys(dir string) ([]ssh.Signer, error) {
	var signers []ssh.Signer
	for _, name := range hostKeyFiles {
		data, err := os.ReadFile(filepath.Join(dir, "tls", name))
		if err != nil {
			return nil, notReady(fmt.Errorf("host key of the SFTP door: %w", err))
		}
		signer, err := ssh.ParsePrivateKey(data)
		if err != nil {
			return nil, notReady(fmt.Errorf("host key %s: %w", name, err))
		}
		signers = append(signers, signer)
	}
	return signers, nil
}
