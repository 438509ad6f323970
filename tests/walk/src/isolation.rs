//! Two tenants in one database, each as if alone.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;
use uuid::Uuid;

use crate::service::{ABSENT, ACME, GLOBEX, Service};
use quickstart::entity::note;

pub async fn two_tenants_use_every_route_at_once(service: Arc<Service>) {
    tokio::join!(
        day_at_work(&service, "acme", ACME, ["alice", "bob"]),
        day_at_work(&service, "globex", GLOBEX, ["carol", "dave"]),
        day_at_work(&service, "acme", ACME, ["alice", "bob"]),
    );
}

/// Works on notes of its own, beside whoever else is at work, and sees nothing but the tenant's
/// rows.
async fn day_at_work(service: &Service, tenant: &str, tenant_id: &str, people: [&str; 2]) {
    let token = service.member(people[0], tenant).await;
    let mark = Uuid::new_v4().simple().to_string();
    for round in 0..8 {
        let title = format!("{tenant} {mark} {round}");
        let kept = service.note(&token, &title).await;
        let removed = service.note(&token, &format!("{title} removed")).await;

        let note = service
            .get(&format!("/notes/{kept}"), &token)
            .await
            .expect(200)
            .json();
        assert_eq!(note["title"], title);
        assert_eq!(note["body"], format!("the body of {title}"));
        assert_eq!(note["tenant_id"], tenant_id);

        let path = format!("/notes/{kept}");
        let changed = service
            .send("PATCH", &path, &token, &json!({ "body": "changed" }))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&changed["title"], &changed["body"]),
            (&json!(title), &json!("changed"))
        );
        assert_eq!(service.get(&path, &token).await.expect(200).json(), changed);

        let path = format!("/notes/{removed}");
        let none = service
            .send("DELETE", &path, &token, &json!(null))
            .await
            .expect(204);
        assert_eq!(none.text, "");
        service.get(&path, &token).await.problem(404);
        service
            .send("DELETE", &path, &token, &json!(null))
            .await
            .problem(404);

        let found = service
            .get(&format!("/notes/search?q={mark}"), &token)
            .await
            .expect(200)
            .json();
        let found = found.as_array().unwrap();
        assert_eq!(found.len(), round + 1);
        assert!(
            found.iter().all(|note| note["tenant_id"] == tenant_id),
            "{found:?}"
        );

        let listed = service.get("/notes", &token).await.expect(200).json();
        let listed = listed.as_array().unwrap();
        assert!(listed.contains(&changed));
        assert!(
            listed.iter().all(|note| note["tenant_id"] == tenant_id),
            "{listed:?}"
        );

        let authors = service.get("/authors", &token).await.expect(200).json();
        let names: Vec<_> = authors
            .as_array()
            .unwrap()
            .iter()
            .map(|author| author["name"].clone())
            .collect();
        assert_eq!(names, people);
        assert!(
            authors[0]["notes"].as_u64().unwrap() > round as u64,
            "{authors}"
        );
        assert_eq!(authors[1]["notes"], 0);
    }
}

pub async fn w04_another_tenants_note_answers_as_a_missing_one(service: Arc<Service>) {
    let (alice, carol) = (
        service.member("alice", "acme").await,
        service.member("carol", "globex").await,
    );
    let note = service.note(&alice, "only for acme").await;
    let before = service.rows().await;
    let change = json!({ "title": "taken over" });

    for method in ["GET", "HEAD", "PATCH", "DELETE", "PUT", "POST", "OPTIONS"] {
        let foreign = service
            .send(method, &format!("/notes/{note}"), &carol, &change)
            .await;
        let missing = service
            .send(method, &format!("/notes/{ABSENT}"), &carol, &change)
            .await;
        assert_eq!(foreign, missing, "{method}");
        match method {
            "GET" | "PATCH" | "DELETE" => {
                assert_eq!(foreign.problem(404), "there is no such note")
            }
            "HEAD" => assert_eq!(foreign.status, 404),
            _ => assert_eq!(foreign.status, 405, "{method}"),
        }
        assert_eq!(service.rows().await, before, "{method} changed rows");
    }

    // The same calls by the owner.
    let path = format!("/notes/{note}");
    service.get(&path, &alice).await.expect(200);
    service
        .send("PATCH", &path, &alice, &change)
        .await
        .expect(200);
    service
        .send("PATCH", &path, &alice, &json!({}))
        .await
        .expect(200);
    service
        .send("PATCH", &format!("/notes/{ABSENT}"), &alice, &json!({}))
        .await
        .problem(404);
    service
        .send("DELETE", &path, &alice, &json!(null))
        .await
        .expect(204);
    assert!(service.rows().await.notes.is_empty());
}

pub async fn r04_authors_stay_when_only_another_tenants_notes_are_theirs(service: Arc<Service>) {
    let (alice, carol) = (
        service.member("alice", "acme").await,
        service.member("carol", "globex").await,
    );
    let of_acme = service.get("/authors", &alice).await.expect(200).json();
    assert_eq!(
        (&of_acme[0]["name"], &of_acme[0]["notes"]),
        (&json!("alice"), &json!(0))
    );

    // A row that the service would not write: globex's note by acme's author.
    let note = note::ActiveModel {
        id: Set(Uuid::new_v4()),
        tenant_id: Set(GLOBEX.parse().unwrap()),
        author_id: Set(of_acme[0]["id"].as_str().unwrap().parse().unwrap()),
        title: Set("forged".to_owned()),
        body: Set(String::new()),
    };
    note.insert(&service.raw).await.unwrap();

    assert_eq!(
        service.get("/authors", &alice).await.expect(200).json(),
        of_acme
    );
    let of_globex = service.get("/authors", &carol).await.expect(200).json();
    let counts: Vec<_> = of_globex
        .as_array()
        .unwrap()
        .iter()
        .map(|author| (&author["name"], &author["notes"]))
        .collect();
    assert_eq!(
        counts,
        [(&json!("carol"), &json!(0)), (&json!("dave"), &json!(0))]
    );

    service.note(&alice, "her own").await;
    let of_acme = service.get("/authors", &alice).await.expect(200).json();
    assert_eq!(
        (&of_acme[0]["notes"], &of_acme[1]["notes"]),
        (&json!(1), &json!(0))
    );
}

pub async fn r13_raw_search_finds_only_the_tenants_notes(service: Arc<Service>) {
    let (alice, carol) = (
        service.member("alice", "acme").await,
        service.member("carol", "globex").await,
    );
    service.note(&alice, "Budget 100%").await;
    service.note(&carol, "Budget of globex").await;
    let before = service.rows().await;

    for (q, titles) in [
        ("budget", vec!["Budget 100%"]),
        ("THE BODY", vec!["Budget 100%"]),
        ("", vec!["Budget 100%"]),
        ("100%", vec!["Budget 100%"]),
        ("globex", vec![]),
        ("%", vec!["Budget 100%"]),
        ("Budget_", vec![]),
        ("!", vec![]),
        ("' OR '1'='1", vec![]),
        ("') OR 1=1 --", vec![]),
        ("x'; DELETE FROM note; --", vec![]),
    ] {
        let request = service
            .call("GET", "/notes/search")
            .query(&[("q", q)])
            .bearer_auth(&alice);
        let found = crate::reply::Reply::to(request).await.expect(200).json();
        let found: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|note| note["title"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, titles, "{q}");
    }
    assert_eq!(service.rows().await, before);
}

pub async fn w01_notes_are_stamped_with_the_tenant_of_the_request(service: Arc<Service>) {
    // Both tenants have an author of this name; each note gets its own tenant's.
    let tokens = [
        service.member("zoe", "acme").await,
        service.member("zoe", "globex").await,
    ];
    for (token, tenant) in tokens.iter().zip([ACME, GLOBEX]) {
        let reply = service
            .send(
                "POST",
                "/notes",
                token,
                &json!({ "title": "t", "body": "" }),
            )
            .await
            .expect(201);
        let note = reply.json();
        assert_eq!(note["tenant_id"], tenant);
        assert_eq!(
            reply.header("location"),
            Some(format!("/notes/{}", note["id"].as_str().unwrap()).as_str())
        );

        let rows = service.rows().await;
        let stored = rows
            .notes
            .iter()
            .find(|row| json!(row.id) == note["id"])
            .unwrap();
        let author = rows
            .authors
            .iter()
            .find(|row| row.id == stored.author_id)
            .unwrap();
        assert_eq!(
            (author.name.as_str(), author.tenant_id.to_string().as_str()),
            ("zoe", tenant)
        );
    }
    let before = service.rows().await;
    let named = json!({ "title": "t", "body": "b", "tenant_id": GLOBEX });
    let detail = service
        .send("POST", "/notes", &tokens[0], &named)
        .await
        .problem(422);
    assert!(detail.contains("tenant_id"), "{detail}");
    assert_eq!(service.rows().await, before);
}
