// image-awaiter waits until the pods of a daemon set are ready, with the arguments that zero-to-jupyterhub's chart
// gives its image puller's job. The job's service account may read daemon sets, and nothing else.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// daemonSet is the part of a daemon set that says how far it is.
type daemonSet struct {
	Metadata struct {
		Generation int64 `json:"generation"`
	} `json:"metadata"`
	Status struct {
		ObservedGeneration int64 `json:"observedGeneration"`
		Desired            int   `json:"desiredNumberScheduled"`
		Current            int   `json:"currentNumberScheduled"`
		Ready              int   `json:"numberReady"`
	} `json:"status"`
}

// done tells whether the images are where they shall be. Pods that found no place within the time for it do not count:
// a full node must not hold up an upgrade.
func (set daemonSet) done(mayWait bool) bool {
	wanted := set.Status.Desired
	if !mayWait {
		wanted = set.Status.Current
	}
	return set.Status.ObservedGeneration >= set.Metadata.Generation && set.Status.Ready >= wanted
}

// get reads the daemon set at url.
func get(client *http.Client, url, token string) (set daemonSet, err error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return set, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := client.Do(request)
	if err != nil {
		return set, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return set, fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return set, json.NewDecoder(answer.Body).Decode(&set)
}

func must(text []byte, err error) []byte {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return text
}

func main() {
	authority := flag.String("ca-path", "", "file with the authority of the API server")
	token := flag.String("auth-token-path", "", "file with the token of the service account")
	server := flag.String("api-server-address", "", "https://HOST:PORT of the API server")
	namespace := flag.String("namespace", "", "namespace of the daemon set")
	name := flag.String("daemonset", "", "name of the daemon set")
	patience := flag.Int("pod-scheduling-wait-duration", 10, "seconds for pods to find a place; -1: as long as it takes")
	flag.Parse()
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(must(os.ReadFile(*authority)))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}
	client := &http.Client{Timeout: 10 * time.Second, Transport: transport}
	url := fmt.Sprintf("%s/apis/apps/v1/namespaces/%s/daemonsets/%s", *server, *namespace, *name)
	for start := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		set, err := get(client, url, strings.TrimSpace(string(must(os.ReadFile(*token)))))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		fmt.Printf("%d of %d pods are ready, %d have a place\n", set.Status.Ready, set.Status.Desired, set.Status.Current)
		if set.done(*patience < 0 || time.Since(start) < time.Duration(*patience)*time.Second) {
			return
		}
	}
}
