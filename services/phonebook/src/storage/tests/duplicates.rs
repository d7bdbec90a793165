//! How far one request looks for duplicates.

use super::World;
use crate::{
    domain::{E164, Fields, Phone},
    storage::{duplicates, keys},
};
use ports::Batch;
use web::Paging;

fn reachable(number: &str) -> Fields {
    let phone = Phone {
        number: number.to_owned(),
        e164: E164::parse(number, None).ok(),
        kind: None,
        label: None,
        primary: None,
    };
    Fields {
        phones: vec![phone],
        ..Fields::default()
    }
}

#[tokio::test]
async fn a_page_can_be_empty_and_still_go_on() {
    let world = World::new();
    for thousand in 0..11 {
        let mut batch = Batch::new();
        for n in 0..1_000 {
            let id = format!("con_{thousand}_{n}");
            batch.index(format!("{}n100{thousand:02}{n:04}/{id}", keys::FIND));
        }
        world.commit(batch).await;
    }
    for _ in 0..2 {
        world.create_with(reachable("+44 20 7946 0018")).await;
    }
    let mut paging = Paging {
        limit: 50,
        after: None,
    };
    let first = duplicates::scan(&world.invocation, &paging).await.unwrap();
    assert!(first.data.is_empty() && first.next.is_some());
    paging.after = first.next;
    assert!(duplicates::goes_on(&paging));
    let second = duplicates::scan(&world.invocation, &paging).await.unwrap();
    assert_eq!((second.data.len(), second.next), (1, None));
    assert_eq!(second.data[0]["value"], "+442079460018");
}

#[tokio::test]
async fn one_number_of_very_many_does_not_stop_the_search() {
    let world = World::new();
    let shared = reachable("+1 212 555 0100");
    for _ in 0..2 {
        world.create_with(shared.clone()).await;
    }
    for thousand in 0..11 {
        let mut batch = Batch::new();
        for n in 0..1_000 {
            batch.index(format!(
                "{}n12125550100/con_z{thousand:02}{n:04}",
                keys::FIND
            ));
        }
        world.commit(batch).await;
    }
    for _ in 0..2 {
        world.create_with(reachable("+44 20 7946 0018")).await;
    }
    let (mut values, mut after) = (Vec::new(), None);
    for _ in 0..10 {
        let paging = Paging { limit: 50, after };
        let page = duplicates::scan(&world.invocation, &paging).await.unwrap();
        values.extend(page.data.iter().map(|group| group["value"].clone()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // The two that can be seen are told by their name as well, since the first group is not shown whole.
    assert_eq!(values, ["+12125550100", "+442079460018", "+1 212 555 0100"]);
}
