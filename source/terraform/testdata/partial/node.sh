#!/bin/bash
kubelet --cluster ${cluster} --token ${token} %{ for k, v in labels ~}--label ${k}=${v} %{ endfor ~}
