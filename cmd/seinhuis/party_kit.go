// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
)

// The files of a party folder, as cmd/sein and adapters/client read them.
const (
	kitCA         = "ca.pem"
	kitCert       = "tls.crt"
	kitKey        = "tls.key"
	kitSigning    = "signing.jwk"
	kitEncryption = "encryption.jwk" // municipalities only
	kitParty      = "party.json"
	kitLogin      = "ssh_ed25519" // for the SFTP door, in OpenSSH's own form
	kitOpenPGP    = "openpgp.key" // signs and opens files; binary, private
	kitNotice     = "LEESMIJ.txt"
)

const kitWarning = `ALLEEN VOOR EEN PROEF / TRIAL ONLY

Deze map is gemaakt door de beheerder van een proefinstallatie: ook de geheime
sleutels. In het echt maakt een partij haar sleutels zelf (sein sleutels maken),
bewijst zij dat ze die heeft (sein sleutels verklaring) en komt haar certificaat
van PKIoverheid of een andere afgesproken uitgever.
`

// kitDescription is party.json.
type kitDescription struct {
	OIN          gateway.OIN          `json:"oin"`
	Name         string               `json:"naam"`
	Kind         gateway.PartyKind    `json:"soort"`
	Municipality gateway.Municipality `json:"gemeente,omitempty"`
	Gateway      string               `json:"gateway"`
	GatewayOIN   gateway.OIN          `json:"gatewayOin"`
	LogKeys      []string             `json:"logboekSleutels,omitempty"` // with which the party checks proofs
	SFTP         string               `json:"sftp,omitempty"`            // address of the SFTP door
	HostKey      string               `json:"sftpHostsleutel,omitempty"` // "ssh-ed25519 AAAA…"
}

// kitGateway is what a party needs to know of the gateway.
type kitGateway struct {
	url     string
	oin     gateway.OIN
	logKeys []string
	sftp    string // address of the SFTP door, or empty
	hostKey string // its public key, as in known_hosts
}

// makeKit makes the folder of a trial party in dir, which must not hold one
// yet: a client certificate of the test authority, private keys, and how to
// reach the gateway. It gives the public keys to register, valid from now. A
// folder that could not be finished is left as it is, without party.json.
func makeKit(ca *testCA, dir string, p gateway.Party, g kitGateway, now time.Time) ([]gateway.PartyKey, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return nil, errors.Join(err, fmt.Errorf("%s is not empty; name a new folder", dir))
	}
	if err := writeNew(filepath.Join(dir, kitNotice), []byte(kitWarning), 0o644); err != nil {
		return nil, err
	}
	if err := writePEM(filepath.Join(dir, kitCA), "CERTIFICATE", ca.cert.Raw, 0o644); err != nil {
		return nil, err
	}
	if err := ca.client(filepath.Join(dir, kitCert), filepath.Join(dir, kitKey), string(p.OIN), p.Name, now); err != nil {
		return nil, err
	}
	keys, err := makeKitKeys(dir, p.Kind, now)
	if err != nil {
		return nil, err
	}
	if p.Kind == gateway.KindCreditor {
		signs, err := makeKitOpenPGP(dir, p, now)
		if err != nil {
			return nil, err
		}
		keys = append(keys, signs...)
	}
	description, err := json.MarshalIndent(kitDescription{p.OIN, p.Name, p.Kind, p.Municipality, g.url, g.oin, g.logKeys, g.sftp, g.hostKey}, "", "  ")
	if err != nil {
		return nil, err
	}
	return keys, writeNew(filepath.Join(dir, kitParty), append(description, '\n'), 0o644)
}

// makeKitKeys writes the private keys and gives their public halves.
func makeKitKeys(dir string, kind gateway.PartyKind, now time.Time) ([]gateway.PartyKey, error) {
	if kind == gateway.KindOfficer { // reads with a certificate only
		return nil, nil
	}
	signing, err := jose.NewSigningKey("ES256")
	if err != nil {
		return nil, err
	}
	made := []gateway.PartyKey{signing.Public()}
	if err := writeJWK(filepath.Join(dir, kitSigning), signing); err != nil {
		return nil, err
	}
	login, err := makeKitLogin(dir, now)
	if err != nil {
		return nil, err
	}
	made = append(made, login)
	if kind == gateway.KindMunicipality {
		encryption, err := jose.NewEncryptionKey("ECDH-ES+A256KW")
		if err != nil {
			return nil, err
		}
		made = append(made, encryption.Public())
		if err := writeJWK(filepath.Join(dir, kitEncryption), encryption); err != nil {
			return nil, err
		}
	}
	for i := range made {
		made[i].From = now
	}
	return made, nil
}

// makeKitLogin makes the SSH key that the party logs in with.
func makeKitLogin(dir string, now time.Time) (gateway.PartyKey, error) {
	key, err := newSSHKey()
	if err != nil {
		return gateway.PartyKey{}, err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return gateway.PartyKey{}, err
	}
	return loginKey(gateway.SSHKey(public.Marshal()), now), writeSSHKey(filepath.Join(dir, kitLogin), key)
}

// makeKitOpenPGP makes the key with which a creditor signs files.
func makeKitOpenPGP(dir string, p gateway.Party, now time.Time) ([]gateway.PartyKey, error) {
	key, err := openpgp.NewKey(p.OIN, "Seinhuis proefpartij", now)
	if err != nil {
		return nil, err
	}
	secret, err := key.Marshal()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	use := gateway.PartyKey{ID: key.ID(), Use: gateway.KeySign, Algorithm: gateway.AlgOpenPGP, Public: key.Public(), From: now}
	return []gateway.PartyKey{use}, writeNew(filepath.Join(dir, kitOpenPGP), secret, 0o600)
}

func writeJWK(path string, key jose.PrivateKey) error {
	data, err := key.Marshal()
	if err != nil {
		return err
	}
	defer clear(data)
	return writeNew(path, data, 0o600)
}
