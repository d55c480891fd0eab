// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// The host keys of the SFTP door, in OpenSSH's own form.
var hostKeyFiles = []string{"ssh_host_ed25519", "ssh_host_ecdsa"}

// makeHostKeys makes the host keys that are not there yet.
func makeHostKeys(dir string) error {
	for i, name := range hostKeyFiles {
		path := filepath.Join(dir, "tls", name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		key, err := newHostKey(i)
		if err != nil {
			return err
		}
		if err := writeSSHKey(path, key); err != nil {
			return err
		}
	}
	return nil
}

func newHostKey(i int) (crypto.Signer, error) {
	if i == 0 {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
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
