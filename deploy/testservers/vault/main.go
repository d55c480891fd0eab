// SPDX-License-Identifier: EUPL-1.2

// Command vault is a lean HashiCorp Vault for tests: the real core with the engines transit, pki and kv, the logins
// approle and cert, and the file audit device. All data is in memory, over TLS, on a loopback address.
//
// It reads the root token (one line) on stdin, writes the unseal key (base64) to a file, and prints "ready ADDRESS" when
// it answers. With -leash it ends when stdin does, so that it cannot outlive who started it. It is not for any other use and
// may not be shipped (Vault is under BUSL-1.1). Built by vault/build, started by keys/vault/vaulttest.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/helper/namespace"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

func main() {
	address := flag.String("address", "127.0.0.1:0", "loopback address; port 0 takes a free one")
	cert := flag.String("cert", "", "certificate of the listener (PEM)")
	key := flag.String("key", "", "its private key (PEM)")
	unseal := flag.String("unseal-key", "", "file to write the unseal key to")
	leash := flag.Bool("leash", false, "end when stdin ends")
	flag.Parse()
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	in := bufio.NewReader(os.Stdin)
	token, _ := in.ReadString('\n')
	if *leash {
		go func() {
			defer cancel()
			_, _ = io.Copy(io.Discard, in)
		}()
	}
	if err := run(stop, *address, *cert, *key, *unseal, strings.TrimSpace(token)); err != nil {
		fmt.Fprintln(os.Stderr, "vault:", err)
		os.Exit(1)
	}
}

func run(stop context.Context, address, cert, key, unseal, token string) error {
	if token == "" {
		return errors.New("no root token on stdin")
	}
	listener, err := listen(address)
	if err != nil {
		return err
	}
	core, err := newCore("https://" + listener.Addr().String())
	if err != nil {
		return err
	}
	defer func() { _ = core.Shutdown() }()
	if err := begin(core, token, unseal); err != nil {
		return err
	}
	server := &http.Server{
		Handler: vaulthttp.Handler.Handler(&vault.HandlerProperties{
			Core: core, ListenerConfig: &configutil.Listener{Type: "tcp", Address: address},
		}),
		TLSConfig:         &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
	}
	context.AfterFunc(stop, func() { _ = server.Close() })
	fmt.Println("ready", listener.Addr())
	if err := server.ServeTLS(listener, cert, key); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listen refuses any address that another machine could reach.
func listen(address string) (net.Listener, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	if !at.IP.IsLoopback() {
		return nil, errors.New("a test server listens on loopback only")
	}
	return net.ListenTCP("tcp", at)
}

func newCore(redirect string) (*vault.Core, error) {
	log := hclog.New(&hclog.LoggerOptions{Name: "vault", Level: hclog.Warn, Output: os.Stderr})
	store, err := inmem.NewInmem(nil, log)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical: store, LogicalBackends: engines(), CredentialBackends: logins(), BuiltinRegistry: registry{},
		AuditBackends: map[string]audit.Factory{"file": audit.NewFileBackend},
		DisableMlock:  true, Logger: log, RedirectAddr: redirect,
	})
}

// begin initialises, unseals and makes the root token that the test chose.
func begin(core *vault.Core, token, unseal string) error {
	ctx := namespace.RootContext(context.Background())
	made, err := core.Initialize(ctx, &vault.InitParams{
		BarrierConfig: &vault.SealConfig{SecretShares: 1, SecretThreshold: 1, Type: "shamir"}, RecoveryConfig: nil,
	})
	if err != nil {
		return err
	}
	if open, err := core.Unseal(made.SecretShares[0]); err != nil || !open {
		return fmt.Errorf("unseal: %w", err)
	}
	share := base64.StdEncoding.EncodeToString(made.SecretShares[0])
	if err := os.WriteFile(unseal, []byte(share+"\n"), 0o600); err != nil {
		return err
	}
	if core.Sealed() {
		return errors.New("did not become active")
	}
	_, err = core.HandleRequest(ctx, &logical.Request{
		Operation: logical.UpdateOperation, ClientToken: made.RootToken, Path: "auth/token/create",
		Data: map[string]any{"id": token, "policies": []string{"root"}, "display_name": "root", "no_parent": true},
	})
	return err
}
