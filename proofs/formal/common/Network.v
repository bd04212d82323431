(** * Network: ReLU networks, random sign networks, pruning, and what "contains every target" means.

    [net wd W L x] is the bias-free ReLU network with L weight layers: layer t has the matrix [W t],
    from [wd t] inputs to [wd (S t)] outputs, with a ReLU after every layer but the last. Targets
    and pruned random networks are both of this form. [shape] gives the widths of the random
    network, [coords_of] lists its signs, [pruned w M] gives its weights under the mask M, and
    [contains] is the property that the theorems are about. H1: scaling every layer by c >= 0 scales the network by
    c^L. *)
Require Import ZArith Reals List Lra Lia Bool FunctionalExtensionality.
From Pmone Require Import Sums Probability.
Import ListNotations.
Open Scope R_scope.

Definition vec := nat -> R.
Definition mat := nat -> nat -> R.

(** matrix times vector: m inputs *)
Definition mv (m : nat) (A : mat) (x : vec) : vec := fun i => rsum (fun j => A i j * x j) (seq 0 m).
Definition vrelu (x : vec) : vec := fun i => relu (x i).
Definition vsub (x y : vec) : vec := fun i => x i - y i.

(** the activations after t hidden layers, and the network with L weight layers (L >= 1) *)
Fixpoint hid (wd : nat -> nat) (W : nat -> mat) (x : vec) (t : nat) : vec :=
  match t with O => x | S t' => vrelu (mv (wd t') (W t') (hid wd W x t')) end.
Definition net (wd : nat -> nat) (W : nat -> mat) (L : nat) (x : vec) : vec :=
  mv (wd (L - 1)%nat) (W (L - 1)%nat) (hid wd W x (L - 1)).

(** ** the random network of shape (d0; N; L; dl), and pruning *)
Definition shape (d0 N L dl : nat) (t : nat) : nat :=
  if (t =? 0)%nat then d0 else if (t =? L)%nat then dl else N.
Definition coords_of (wd : nat -> nat) (L : nat) : list coord :=
  flat_map (fun t => map (fun rc => (t, fst rc,
    snd rc)) (list_prod (seq 0 (wd (S t))) (seq 0 (wd t)))) (seq 0 L).
(** the weight is the sign (true is +1) where the mask keeps it (true is kept), and 0 elsewhere *)
Definition pruned (w M : coord -> bool) : nat -> mat :=
  fun t i j => sgR (w (t, i, j)) * bitR (M (t, i, j)).

(** ** norms *)
(** a family of norms on R^n, one for every n, with what the error analysis uses *)
Record Norm := {
  nrm :> nat -> vec -> R;
  nrm_nonneg : forall n x, 0 <= nrm n x;
  nrm_zero : forall n, nrm n (fun _ => 0) = 0;
  nrm_tri : forall n x y z, nrm n (vsub x z) <= nrm n (vsub x y) + nrm n (vsub y z);
  nrm_mono : forall n x y, (forall i, (i < n)%nat -> Rabs (x i) <= Rabs (y i)) ->
    nrm n x <= nrm n y;
  nrm_coord : forall n x i, (i < n)%nat -> Rabs (x i) <= nrm n x;
  nrm_unit : forall n j, nrm n (fun i => if (i =? j)%nat then 1 else 0) <= 1;
  nrm_entries : forall n m D A h x, (n <= D)%nat -> (m <= D)%nat -> 0 <= h ->
    (forall i j, (i < n)%nat -> (j < m)%nat -> Rabs (A i j) <= h) ->
    nrm n (mv m A x) <= h * INR D * nrm m x }.

(** the induced operator norm of the n x m matrix A is at most 1 *)
Definition opnorm_le1 (nm : Norm) (n m : nat) (A : mat) : Prop := forall x,
  nm n (mv m A x) <= nm m x.

(** the signs [w] of the network of shape (d_0; N; L; d_l) contain, for every target of widths
    d_0, ..., d_l and layer norms <= 1, a mask whose pruned network times 2^-P is within eps of the
    target on the whole unit ball *)
Definition contains (nm : Norm) (dims : nat -> nat) (l N L P : nat) (eps : R) (w : coord ->
  bool) : Prop :=
  forall W : nat -> mat, (forall i, (i < l)%nat -> opnorm_le1 nm (dims (S i)) (dims i) (W i)) ->
  exists M : coord -> bool, forall x, nm (dims 0%nat) x <= 1 ->
    nm (dims l) (vsub (fun o => / 2 ^ P * net (shape (dims 0%nat) N L (dims l)) (pruned w M) L x o)
                      (net dims W l x)) <= eps.

(** ** extensionality *)
Lemma mv_ext m A A' x x' i : (forall j, (j < m)%nat -> A i j = A' i j) ->
  (forall j, (j < m)%nat -> x j = x' j) ->
  mv m A x i = mv m A' x' i.
Proof.
  intros H H'. unfold mv. apply rsum_ext. intros j Hj. apply in_seq in Hj. rewrite H, H' by lia.
  auto.
Qed.
Lemma nrm_ext (nm : Norm) n x y : (forall i, (i < n)%nat -> x i = y i) -> nm n x = nm n y.
Proof. intros H. apply Rle_antisym; apply nrm_mono; intros i Hi; rewrite H by auto; lra. Qed.
Lemma nrm_self (nm : Norm) n x : nm n (vsub x x) = 0.
Proof. rewrite <- (nrm_zero nm n). apply nrm_ext. intros. unfold vsub. lra. Qed.

(** ** H1 *)
Lemma relu_scale c x : 0 <= c -> relu (c * x) = c * relu x.
Proof. intros Hc. unfold relu, Rmax. destruct (Rle_dec 0 (c*x)), (Rle_dec 0 x); try nra. Qed.

Theorem H1_hidden wd W x c t i : 0 <= c ->
  hid wd (fun t i j => c * W t i j) x t i = c ^ t * hid wd W x t i.
Proof.
  intros Hc. revert i. induction t as [|t IH]; intros i; cbn [hid pow]; [lra|].
  unfold vrelu. rewrite <- relu_scale by (apply Rmult_le_pos; auto; apply pow_le; auto).
  f_equal. unfold mv. rewrite <- rsum_scal. apply rsum_ext. intros j _. rewrite IH. ring.
Qed.

Theorem H1_scaling wd W x c L i : 0 <= c -> (1 <= L)%nat ->
  net wd (fun t i j => c * W t i j) L x i = c ^ L * net wd W L x i.
Proof.
  intros Hc HL. destruct L as [|L]; [lia|]. unfold net, mv. rewrite Nat.sub_succ, Nat.sub_0_r.
  rewrite <- rsum_scal. apply rsum_ext. intros j _. rewrite H1_hidden by auto. cbn [pow]. ring.
Qed.

(** ** coordinates *)
Lemma in_coords wd L t r c : In (t, r, c) (coords_of wd L) <-> (t < L)%nat /\ (r < wd (S t))%nat /\
  (c < wd t)%nat.
Proof.
  unfold coords_of. rewrite in_flat_map. split.
  - intros [t' [Ht H]]. apply in_map_iff in H as [[r' c'] [E H]]. cbn in E. injection E as -> -> ->.
    apply in_prod_iff in H as [H1 H2]. apply in_seq in Ht, H1, H2. lia.
  - intros (H1 & H2 & H3). exists t. split; [apply in_seq; lia|]. apply in_map_iff. exists (r, c).
    split; auto. apply in_prod; apply in_seq; lia.
Qed.
Lemma NoDup_list_prod {X Y} (l : list X) (l' : list Y) : NoDup l -> NoDup l' ->
  NoDup (list_prod l l').
Proof.
  intros H H'. induction H as [|a l Ha H IH]; cbn; [constructor|]. apply NoDup_app_intro; auto.
  - apply NoDup_map_in; auto. intros; congruence.
  - intros [x y] H1 H2. apply in_map_iff in H1 as [? [E _]]. injection E as <- <-.
    apply in_prod_iff in H2 as [H2 _]. auto.
Qed.
Lemma coords_NoDup wd L : NoDup (coords_of wd L).
Proof.
  unfold coords_of. apply NoDup_flat_map.
  - apply seq_NoDup.
  - intros t _. apply NoDup_map_in; [apply NoDup_list_prod; apply seq_NoDup|].
    intros [a b] [a' b'] _ _ E. cbn in E. congruence.
  - intros t t' z _ _ H1 H2. apply in_map_iff in H1 as [? [<- _]].
    apply in_map_iff in H2 as [? [E _]]. congruence.
Qed.

(** ** a row of a pruned layer sees exactly the kept columns *)
Lemma pruned_row w M t i n cols (x : vec) : NoDup cols -> (forall c, In c cols -> (c < n)%nat) ->
  (forall c, (c < n)%nat -> M (t, i, c) = mem c cols) ->
  mv n (pruned w M t) x i = rsum (fun c => sgR (w (t, i, c)) * x c) cols.
Proof.
  intros ND H HM. unfold mv, pruned. rewrite <- (rsum_kept _ cols n) by auto.
  apply rsum_ext. intros c Hc. apply in_seq in Hc. rewrite HM by lia. ring.
Qed.
