// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls"
)

// modes looks whether others on the machine can read secrets, or change what
// the gateway trusts.
func (d *doctor) modes() {
	const check = "file modes"
	good := true
	paths := map[string]os.FileMode{
		filepath.Join(d.dir, databaseFile): 0o077, filepath.Join(d.dir, keyringFile): 0o077,
		in(d.dir, d.config.TLS.Key): 0o077, filepath.Join(d.dir, configFile): 0o022,
		in(d.dir, d.config.TLS.ClientCAs): 0o022, in(d.dir, d.config.Routing): 0o022, d.dir: 0o022,
	}
	if d.config.cluster() {
		for _, f := range d.config.secretFiles() { // their group may be ours; see secretMode
			if err := privatePath(in(d.dir, f)); errors.Is(err, errSecretMode) {
				paths[in(d.dir, f)] = 0o077
			}
		}
	}
	for path, forbidden := range paths {
		info, err := os.Stat(path)
		if err != nil { // the check of that part says so
			continue
		}
		if mode := info.Mode().Perm(); mode&forbidden != 0 {
			good = false
			d.fail(check, fmt.Errorf("%s has mode %04o", path, mode), fmt.Sprintf("chmod %04o %s", mode&^forbidden, path))
		}
	}
	if good {
		d.ok(check, "no secret can be read by others, nothing trusted can be changed")
	}
}

func (d *doctor) serverCertificate() {
	const check = "server certificate"
	remedy := "put a certificate and its key in place: tls.certificaat and tls.sleutel in " + configFile
	pair, err := tls.LoadX509KeyPair(in(d.dir, d.config.TLS.Certificate), in(d.dir, d.config.TLS.Key))
	if err != nil {
		d.fail(check, err, remedy)
		return
	}
	leaf := pair.Leaf
	if leaf == nil {
		if leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			d.fail(check, err, remedy)
			return
		}
	}
	switch {
	case d.now.Before(leaf.NotBefore):
		d.fail(check, fmt.Errorf("it is not valid before %s", moment(leaf.NotBefore)), "check the clock, or wait")
	case !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth):
		d.fail(check, errors.New("it is not meant for servers"), remedy)
	case len(leaf.DNSNames)+len(leaf.IPAddresses) == 0:
		d.fail(check, errors.New("it names no host"), remedy)
	case !d.ends(check, "the certificate", leaf.NotAfter, "ask for a new one, put it in place and start the gateway again"):
		d.ok(check, "valid until %s", day(leaf.NotAfter))
	}
}

// clientCAs checks the authorities of client certificates, and their lists.
func (d *doctor) clientCAs() {
	const check = "client authorities"
	remedy := "put the authorities' certificates (PEM) in the file of tls.client-ca"
	data, err := os.ReadFile(in(d.dir, d.config.TLS.ClientCAs))
	if err != nil {
		d.fail(check, err, remedy)
		return
	}
	var authorities []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			d.fail(check, errors.New("a certificate in the file cannot be read"), remedy)
			return
		}
		authorities = append(authorities, c)
	}
	if len(authorities) == 0 {
		d.fail(check, errors.New("the file holds no certificate"), remedy)
		return
	}
	said := false
	for _, c := range authorities {
		said = d.ends(check, "authority "+c.Subject.CommonName, c.NotAfter, "take over to its successor in time") || said
	}
	if !said {
		d.ok(check, "%d, all valid", len(authorities))
	}
	d.revocation(authorities)
}

func (d *doctor) revocation(authorities []*x509.Certificate) {
	const check = "revocation list"
	remedy := "fetch a fresh list from the authority into the file of tls.crl, every day"
	if d.config.TLS.CRL == "" {
		d.warn(check, "none is configured: a revoked certificate stays good", "set tls.crl in "+configFile)
		return
	}
	lists, err := mtls.Files(in(d.dir, d.config.TLS.CRL))()
	if err == nil && len(lists) == 0 {
		err = errors.New("the file holds no list")
	}
	if err != nil {
		d.fail(check, err, remedy)
		return
	}
	for _, c := range authorities {
		if !slices.ContainsFunc(lists, func(l *x509.RevocationList) bool { return l.CheckSignatureFrom(c) == nil }) {
			d.warn(check, "there is no list of authority "+c.Subject.CommonName, "add it, unless an intermediate issues the client certificates")
		}
	}
	for _, l := range lists {
		switch left := l.NextUpdate.Sub(d.now); {
		case left <= 0:
			d.fail(check, fmt.Errorf("a list is out of date since %s: nobody it covers gets in", moment(l.NextUpdate)), remedy)
		case left < 48*time.Hour:
			d.warn(check, "a list is out of date from "+moment(l.NextUpdate), remedy)
		default:
			d.ok(check, "%d revoked, next before %s", len(l.RevokedCertificateEntries), day(l.NextUpdate))
		}
	}
}

// trialAuthority warns when the test authority is there: whoever reads its key
// can pose as any party.
func (d *doctor) trialAuthority() {
	if _, err := os.Stat(filepath.Join(d.dir, testCADir)); err != nil {
		return
	}
	const check = "trial installation"
	host, _, _ := net.SplitHostPort(d.config.Listen)
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		d.warn(check, "it has a test authority; not for real reports", "make a real installation without --trial")
		return
	}
	d.fail(check, errors.New("the door is open to the network while the key of the test authority is here"),
		"make a real installation without --trial, or listen on 127.0.0.1")
}
