package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
)

// runDNS is CoreDNS with the few plugins that the DNS of a cluster needs: `dns -conf COREFILE`.
func runDNS() {
	// The order in which a request passes them; CoreDNS' own list names only plugins that are not here.
	dnsserver.Directives = []string{"bind", "errors", "log", "ready", "cache", "kubernetes"}
	coremain.Run()
}
