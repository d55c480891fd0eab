// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
)

// SFTP does through the gateway's SFTP door what Client does through the API,
// with the same names, results and checks. It asks the API for the gateway's
// public keys only, and when that is out of reach takes them from the party
// folder (FileKeys, FileGatewayOpenPGP). Reports one by one, withdrawals and
// proofs do not exist at that door. Safe for concurrent use, but it does one
// thing at a time, on one connection.
type SFTP struct {
	client  *Client
	address string
	hosts   []ssh.PublicKey
	login   ssh.Signer

	mu    sync.Mutex // held during a call
	link  *link      // nil while there is no connection
	names map[gateway.SignalID]string
}

// savedKeys are the gateway's public keys in the party folder; they may be none.
type savedKeys struct{ jwks, openpgp []byte }

func (s savedKeys) gatewayOpenPGP() ([]byte, error) {
	if s.openpgp == nil {
		return nil, fmt.Errorf("%w: %s is needed when the API is not used", ErrFolder, FileGatewayOpenPGP)
	}
	return s.openpgp, nil
}

// OpenSFTP makes an SFTP of a party folder; it does not connect yet. The folder
// holds party.json, signing.jwk, ssh_ed25519 and for a municipality
// encryption.jwk; openpgp.key when files go in OpenPGP; and either what the API
// needs (ReadFolder) or sleutels.json. address (host:port) and hostKey (one or
// more lines "ssh-ed25519 AAAA…") go before sftp and sftpHostsleutel in
// party.json. A door with another host key is ErrUntrusted; there is no first
// time that is trusted.
func OpenSFTP(dir, address, hostKey string) (*SFTP, error) {
	party, err := ReadParty(dir)
	errs := []error{err}
	keep := func(err error) { errs = append(errs, err) }
	s := &SFTP{names: map[gateway.SignalID]string{}}
	s.address, err = doorAddress(cmp.Or(address, party.SFTP))
	keep(err)
	s.hosts, err = hostKeys(cmp.Or(hostKey, party.HostKey))
	keep(err)
	s.login, err = readLogin(filepath.Join(dir, FileLogin))
	keep(err)
	c, saved, err := readSFTPFolder(dir, party)
	keep(err)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if s.client, err = newVerifier(c, saved); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return s, nil
}

// readSFTPFolder reads all of a party folder but what is for SSH.
func readSFTPFolder(dir string, party PartyFile) (c Config, saved savedKeys, err error) {
	if saved.jwks, err = readIfThere(filepath.Join(dir, FileKeys)); err != nil {
		return c, saved, err
	}
	if saved.openpgp, err = readIfThere(filepath.Join(dir, FileGatewayOpenPGP)); err != nil {
		return c, saved, err
	}
	if _, err := os.Stat(filepath.Join(dir, FileCertificate)); err == nil || saved.jwks == nil {
		c, err := ReadFolder(dir)
		return c, saved, err
	}
	c = Config{GatewayOIN: party.GatewayOIN, OIN: party.OIN, Municipality: party.Municipality, Formerly: party.Formerly, LogKeys: party.LogKeys}
	var errSeal error
	c.Signing, c.Encryption, err = ReadKeys(dir)
	c.Sealer, c.Unsealer, errSeal = readOpenPGP(filepath.Join(dir, FileOpenPGP))
	return c, saved, errors.Join(err, errSeal)
}

// newVerifier makes a Client that asks the API for keys only, or not at all
// when the configuration holds no certificate for it.
func newVerifier(c Config, saved savedKeys) (*Client, error) {
	if len(c.Certificate.Certificate) == 0 {
		_, errGateway := gateway.ParseOIN(string(c.GatewayOIN))
		_, errOwn := gateway.ParseOIN(string(c.OIN))
		if err := errors.Join(errGateway, errOwn); err != nil {
			return nil, err
		}
		c = c.withDefaults()
		return &Client{config: c, saved: saved, http: newHTTP(c), keys: keyCache{turn: make(chan struct{}, 1)}}, nil
	}
	if saved.jwks != nil {
		c.Attempts = 1 // there is something to go on with
	}
	client, err := New(c)
	if err != nil {
		return nil, err
	}
	client.saved = saved
	return client, nil
}

// Close ends the connection.
func (s *SFTP) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	s.client.Close()
}

func readIfThere(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func doorAddress(text string) (string, error) {
	if text == "" {
		return "", errors.New("no address of the SFTP door")
	}
	if _, _, err := net.SplitHostPort(text); err != nil {
		text = net.JoinHostPort(text, "22")
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" || port == "" {
		return "", errors.New("address of the SFTP door must be host or host:port")
	}
	return text, nil
}

var errHostKey = errors.New("host key of the SFTP door must be \"ssh-ed25519 AAAA…\", as its operator gave it")

// hostKeys reads keys as in known_hosts, without the names before them.
func hostKeys(text string) (keys []ssh.PublicKey, err error) {
	for rest := []byte(text); len(rest) > 0; {
		var k ssh.PublicKey
		if k, _, _, rest, err = ssh.ParseAuthorizedKey(rest); err != nil {
			return nil, errHostKey
		}
		if t := k.Type(); t != ssh.KeyAlgoED25519 && t != ssh.KeyAlgoECDSA256 {
			return nil, errHostKey
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errHostKey
	}
	return keys, nil
}

func readLogin(file string) (ssh.Signer, error) {
	data, err := readSecret(file)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	k, err := ssh.ParsePrivateKey(data)
	if err != nil { // names the form, nothing of the key
		return nil, fmt.Errorf("%s: not an SSH private key without a passphrase", filepath.Base(file))
	}
	return k, nil
}

// now is for answers to which the door gives no moment.
func (s *SFTP) now() time.Time { return s.client.config.Clock().UTC().Truncate(time.Second) }
