package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

const credentials = "/var/run/secrets/kubernetes.io/serviceaccount/"

// node is what this daemon has to know of one: its address inside the cluster and the range of its pods.
type node struct {
	name    string
	address net.IP
	pods    *net.IPNet
}

type nodeList struct {
	Items []struct {
		Metadata struct{ Name string }
		Spec     struct{ PodCIDR string }
		Status   struct {
			Addresses []struct{ Type, Address string }
		}
	}
}

// listNodes asks the API server. The token is read each time, because the kubelet renews it.
func listNodes(ctx context.Context, endpoint string) ([]node, error) {
	authority, err := os.ReadFile(credentials + "ca.crt")
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(credentials + "token")
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(authority) {
		return nil, errors.New("the cluster's certificate authority cannot be read")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: 10 * time.Second, Transport: transport}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+endpoint+"/api/v1/nodes", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the API server answered %s to a list of nodes", response.Status)
	}
	var list nodeList
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return nil, err
	}
	return usable(list), nil
}

// usable leaves out nodes that have no address or no pod range yet: they come with a later list.
func usable(list nodeList) []node {
	var nodes []node
	for _, item := range list.Items {
		_, pods, err := net.ParseCIDR(item.Spec.PodCIDR)
		if err != nil || pods.IP.To4() == nil {
			continue
		}
		for _, each := range item.Status.Addresses {
			address := net.ParseIP(each.Address)
			if each.Type != "InternalIP" || address == nil || address.To4() == nil {
				continue
			}
			nodes = append(nodes, node{name: item.Metadata.Name, address: address, pods: pods})
			break
		}
	}
	return nodes
}
