"""The shop: takes orders over the web and handles them from a queue."""

import json
import os

import boto3

queue = boto3.client("sqs")


def handler(event, context):
    """Handles a batch of queued orders, or one web request."""
    if "Records" in event:
        return handle_orders(event["Records"])
    return take_order(event)


def take_order(event):
    """Puts the order of a web request on the queue. event: a function URL request."""
    try:
        order = json.loads(event.get("body") or "")
        item, count = str(order["item"]), int(order["count"])
    except (ValueError, KeyError, TypeError):
        return {"statusCode": 400, "body": "an order has an item and a count"}
    message = json.dumps({"item": item, "count": count})
    queue.send_message(QueueUrl=os.environ["ORDERS_QUEUE"], MessageBody=message)
    return {"statusCode": 202, "body": "accepted"}


def handle_orders(records):
    """Handles queued orders and names those that failed, so that only they come back."""
    failed = []
    for record in records:
        try:
            order = json.loads(record["body"])
            print(json.dumps({"handled": order["item"], "count": order["count"]}))
        except (ValueError, KeyError):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
