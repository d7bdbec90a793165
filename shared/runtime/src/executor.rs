//! Threads that run the services' actix applications. An application is not `Send`, so each thread builds its own.

use crate::{
    frame::{Request, Response},
    requests::{self, Environment},
    service::Service,
};
use actix_service::{IntoServiceFactory, ServiceExt, ServiceFactory, boxed};
use actix_web::{
    App,
    dev::{AppConfig, ServiceResponse},
    web::PayloadConfig,
};
use futures_util::FutureExt;
use ports::{Error, Result};
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::LocalSet,
};
use web::{Problem, ProblemKind};

/// Largest body that a route reads as a whole, in bytes; the bus carries no larger one.
const MAX_BODY: usize = ports::bus::MAX_MESSAGE_BYTES;

/// An application, ready to be called.
pub type Application = boxed::BoxService<actix_http::Request, ServiceResponse, actix_web::Error>;

/// One request on its way to a thread.
pub struct Task {
    pub service: &'static str,
    pub request: Request,
    pub deadline: Instant,
    /// It may have been worked on before.
    pub redelivered: bool,
    pub done: Box<dyn FnOnce(Response) + Send>,
}

/// The threads; requests are dealt to them in turn. Dropped: they finish what they have.
pub struct Executor {
    threads: Vec<mpsc::UnboundedSender<Task>>,
    next: AtomicUsize,
}

impl Executor {
    /// Starts `threads` threads, each with an application for every service.
    pub async fn start(
        threads: usize,
        services: &[Service],
        environment: &Environment,
    ) -> Result<Self> {
        let mut senders = Vec::new();
        for index in 0..threads.max(1) {
            let (sender, tasks) = mpsc::unbounded_channel();
            let (ready, started) = oneshot::channel();
            let (services, environment) = (services.to_vec(), environment.clone());
            std::thread::Builder::new()
                .name(format!("routes-{index}"))
                .spawn(move || run_thread(services, environment, tasks, ready))
                .map_err(|e| Error::internal("starting a routes thread").with_source(e))?;
            started.await.map_err(|e| {
                Error::internal("a routes thread died at its start").with_source(e)
            })??;
            senders.push(sender);
        }
        Ok(Self {
            threads: senders,
            next: AtomicUsize::new(0),
        })
    }

    /// How many tasks wait is bounded by those who submit: the bus's prefetch.
    pub fn submit(&self, task: Task) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len();
        if let Err(refused) = self.threads[turn].send(task) {
            let task = refused.0;
            let problem = Problem::new(ProblemKind::Unavailable, "the service is stopping");
            (task.done)(requests::problem_response(
                &problem,
                &task.request.head.request_id,
            ));
        }
    }
}

fn run_thread(
    services: Vec<Service>,
    environment: Environment,
    mut tasks: mpsc::UnboundedReceiver<Task>,
    ready: oneshot::Sender<Result<()>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(
                Error::internal("a routes thread's runtime").with_source(error)
            ));
            return;
        }
    };
    let local = LocalSet::new();
    local.spawn_local(async move {
        let applications = match applications(&services).await {
            Ok(applications) => applications,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let _ = ready.send(Ok(()));
        while let Some(task) = tasks.recv().await {
            let Some(application) = applications.get(task.service).cloned() else {
                continue;
            };
            let environment = environment.clone();
            tokio::task::spawn_local(
                async move { run_task(&application, &environment, task).await },
            );
        }
    });
    // Ends when the last sender is gone and every task that was begun has ended.
    runtime.block_on(local);
}

async fn applications(services: &[Service]) -> Result<HashMap<&'static str, Rc<Application>>> {
    let mut applications = HashMap::new();
    for service in services {
        let routes = service.routes.clone();
        let built = App::new()
            .app_data(PayloadConfig::new(MAX_BODY))
            .configure(|config| routes(config))
            .into_factory()
            .new_service(AppConfig::default())
            .await
            .map_err(|()| {
                Error::internal(format!("building the application of {}", service.name))
            })?;
        applications.insert(
            service.name,
            Rc::new(boxed::service(
                built.map(ServiceResponse::map_into_boxed_body),
            )),
        );
    }
    Ok(applications)
}

/// A panic in a route is that request's 500 and nothing more.
async fn run_task(application: &Application, environment: &Environment, task: Task) {
    let request_id = task.request.head.request_id.clone();
    let work = requests::answer(application, environment, &task);
    let finished =
        tokio::time::timeout_at(task.deadline.into(), AssertUnwindSafe(work).catch_unwind()).await;
    let response = match finished {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!(service = task.service, %request_id, "a route panicked");
            let problem = Problem::new(
                ProblemKind::Internal,
                "the fault was logged under this request's id",
            );
            requests::problem_response(&problem, &request_id)
        }
        Err(_) => {
            let problem = Problem::new(
                ProblemKind::Timeout,
                "the service did not finish within the request's deadline",
            );
            requests::problem_response(&problem, &request_id)
        }
    };
    (task.done)(response);
}
