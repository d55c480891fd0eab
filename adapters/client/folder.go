// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
)

// Names in a party folder.
const (
	FileParty       = "party.json"
	FileRoots       = "ca.pem"
	FileCertificate = "tls.crt"
	FileTLSKey      = "tls.key"
	FileSigning     = "signing.jwk"
	FileEncryption  = "encryption.jwk"
	// FileOpenPGP is the private OpenPGP key, without a passphrase, binary or
	// armored; only for files in OpenPGP.
	FileOpenPGP = "openpgp.key"
	// FileLogin is the private SSH key for the SFTP door, as ssh-keygen makes it.
	FileLogin = "ssh_ed25519"
	// FileKeys and FileGatewayOpenPGP are the gateway's public keys (what
	// /v1/sleutels and /v1/sleutels/openpgp answer), for a party that goes by
	// SFTP and cannot reach the API. Whoever puts them there checks them.
	FileKeys           = "sleutels.json"
	FileGatewayOpenPGP = "sleutels.pgp"
	// GlobEncryption matches the current encryption key and older ones
	// (encryption-2025.jwk), which open what was sealed before a rotation.
	GlobEncryption = "encryption*.jwk"
)

// ErrFolder says that a party folder is incomplete or wrong.
var ErrFolder = errors.New("party folder is not in order")

// ErrOpenFile says that others on the machine can read a file with a secret.
var ErrOpenFile = errors.New("others can read this file: make it readable for its owner only (chmod 600)")

// PartyFile is party.json.
type PartyFile struct {
	OIN          gateway.OIN            `json:"oin"`
	Name         string                 `json:"naam"`
	Kind         gateway.PartyKind      `json:"soort"`
	Municipality gateway.Municipality   `json:"gemeente,omitzero"`
	Formerly     []gateway.Municipality `json:"voorheen,omitzero"` // municipalities that it succeeds; optional
	Gateway      string                 `json:"gateway"`
	GatewayOIN   gateway.OIN            `json:"gatewayOin"`
	LogKeys      []string               `json:"logboekSleutels,omitzero"` // verifier keys of the audit log; optional
	SFTP         string                 `json:"sftp,omitzero"`            // address of the SFTP door; optional
	HostKey      string                 `json:"sftpHostsleutel,omitzero"` // its public key ("ssh-ed25519 AAAA…"); a line for each
}

// ReadFolder reads a party folder: party.json, ca.pem (authorities of the
// gateway), tls.crt and tls.key (client certificate), signing.jwk, for a
// municipality encryption.jwk, and openpgp.key when there is one. Private keys
// that others can read are refused. The error names every file that is missing or wrong, never what is in it.
func ReadFolder(dir string) (Config, error) {
	var c Config
	party, errParty := ReadParty(dir)
	c.Gateway, c.GatewayOIN, c.OIN = party.Gateway, party.GatewayOIN, party.OIN
	c.Municipality, c.Formerly, c.LogKeys = party.Municipality, party.Formerly, party.LogKeys
	errs := []error{errParty}
	keep := func(err error) { errs = append(errs, err) }

	var err error
	c.Roots, err = readRoots(filepath.Join(dir, FileRoots))
	keep(err)
	c.Certificate, err = readCertificate(filepath.Join(dir, FileCertificate), filepath.Join(dir, FileTLSKey))
	keep(err)
	c.Signing, c.Encryption, err = ReadKeys(dir)
	keep(err)
	if errParty == nil && party.Kind == gateway.KindMunicipality && err == nil && len(c.Encryption) == 0 {
		keep(fmt.Errorf("%s: no such file", FileEncryption))
	}
	c.Sealer, c.Unsealer, err = readOpenPGP(filepath.Join(dir, FileOpenPGP))
	keep(err)
	if err := errors.Join(errs...); err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return c, nil
}

// readOpenPGP makes a Sealer and an Unsealer of an OpenPGP key; none is fine.
func readOpenPGP(file string) (Sealer, Unsealer, error) {
	data, err := readSecret(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	own, err := openpgp.ReadPrivate(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	seal := func(w io.Writer, gatewayKeys []byte) (io.WriteCloser, error) {
		to, err := openpgp.ReadPublic(gatewayKeys, time.Now())
		if err != nil {
			return nil, err
		}
		return openpgp.EncryptSign(w, to, own, time.Now)
	}
	unseal := func(r io.Reader, gatewayKeys []byte) (io.Reader, error) {
		return openpgp.Decrypt(r, []openpgp.PrivateKey{own}, []gateway.OpenPGPKey{gatewayKeys}, time.Now())
	}
	return seal, unseal, nil
}

// ReadParty reads party.json of a party folder.
func ReadParty(dir string) (PartyFile, error) {
	var p PartyFile
	data, err := os.ReadFile(filepath.Join(dir, FileParty))
	if err != nil {
		return p, err
	}
	if json.Unmarshal(data, &p) != nil {
		return p, fmt.Errorf("%s: not the JSON of a party", FileParty)
	}
	return p, nil
}

// ReadKeys reads signing.jwk and every encryption key of a party folder.
func ReadKeys(dir string) (signing jose.PrivateKey, encryption []jose.PrivateKey, err error) {
	signing, err = readKey(filepath.Join(dir, FileSigning))
	errs := []error{err}
	found, err := filepath.Glob(filepath.Join(dir, GlobEncryption))
	errs = append(errs, err)
	slices.Sort(found)
	for _, file := range found {
		k, err := readKey(file)
		errs = append(errs, err)
		encryption = append(encryption, k)
	}
	return signing, encryption, errors.Join(errs...)
}

func readRoots(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s: no certificate in it", FileRoots)
	}
	return pool, nil
}

func readCertificate(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readSecret(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil { // its text may quote the PEM type, nothing of the key
		return tls.Certificate{}, fmt.Errorf("%s and %s: %w", FileCertificate, FileTLSKey, err)
	}
	return pair, nil
}

func readKey(file string) (jose.PrivateKey, error) {
	data, err := readSecret(file)
	if err != nil {
		return jose.PrivateKey{}, err
	}
	k, err := jose.ParsePrivateKey(data)
	if err != nil {
		return jose.PrivateKey{}, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return k, nil
}

// readSecret refuses a file that everybody on the machine can read.
func readSecret(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), ErrOpenFile)
	}
	return os.ReadFile(file)
}
