// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// doorCertificate is the certificate of the door. When its files are replaced, new
// connections get the new one: a certificate is renewed without a stop.
type doorCertificate struct {
	certificate, key string
	current          atomic.Pointer[loadedCertificate]
}

type loadedCertificate struct {
	pair     tls.Certificate
	modified [2]time.Time
}

func newDoorCertificate(certificate, key string) (*doorCertificate, error) {
	d := &doorCertificate{certificate: certificate, key: key}
	return d, d.reload()
}

// get is for tls.Config.
func (d *doorCertificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return &d.current.Load().pair, nil
}

// reload switches to the files when one changed. Files that do not fit each other
// change nothing: one of the two may just have been replaced.
func (d *doorCertificate) reload() error {
	var modified [2]time.Time
	for i, path := range []string{d.certificate, d.key} {
		info, err := os.Stat(path)
		if err != nil {
			return notReady(fmt.Errorf("server certificate: %w", err))
		}
		modified[i] = info.ModTime()
	}
	if now := d.current.Load(); now != nil && now.modified == modified {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(d.certificate, d.key)
	if err != nil {
		return notReady(fmt.Errorf("server certificate: %w", err))
	}
	d.current.Store(&loadedCertificate{pair, modified})
	return nil
}
