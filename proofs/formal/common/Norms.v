(** * Norms: the two families of norms of the theorem.

    [Sup] is the maximum norm (its operator norm is the largest absolute row sum, [Sup_opnorm]);
    [Euclid] is the Euclidean norm (its operator norm is the spectral norm). Both have everything
    that the record [Norm] of Network.v asks for, so the theorem holds for both with the same N, L
    and P. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Network.
Import ListNotations.
Open Scope R_scope.

(** ** the maximum norm *)
Fixpoint maxl (l : list R) : R := match l with [] => 0 | x :: l' => Rmax x (maxl l') end.
Definition sup (n : nat) (x : vec) : R := maxl (map (fun i => Rabs (x i)) (seq 0 n)).

Lemma maxl_le l r : 0 <= r -> (forall x, In x l -> x <= r) -> maxl l <= r.
Proof.
  intros Hr. induction l; intros H; cbn; auto. apply Rmax_lub; [apply H; left; auto|].
  apply IHl. intros; apply H; right; auto.
Qed.
Lemma maxl_ge l x : In x l -> x <= maxl l.
Proof.
  induction l; cbn; intros Hx; [easy|]. destruct Hx as [Hx|Hx].
  - subst; apply Rmax_l.
  - eapply Rle_trans; [apply IHl; auto|apply Rmax_r].
Qed.
Lemma maxl_nonneg l : 0 <= maxl l.
Proof. induction l; cbn; [lra|]. eapply Rle_trans; [apply IHl|apply Rmax_r]. Qed.
Lemma sup_le n x r : 0 <= r -> (forall i, (i < n)%nat -> Rabs (x i) <= r) -> sup n x <= r.
Proof.
  intros Hr H. apply maxl_le; auto. intros y Hy. apply in_map_iff in Hy as [i [<- Hi]].
  apply in_seq in Hi. apply H; lia.
Qed.
Lemma sup_ge n x i : (i < n)%nat -> Rabs (x i) <= sup n x.
Proof. intros. apply maxl_ge. apply in_map_iff. exists i. split; auto. apply in_seq; lia. Qed.

Lemma mv_abs m A x i (b : nat -> R) c : 0 <= c -> (forall j, (j < m)%nat -> Rabs (x j) <= c) ->
  (forall j, (j < m)%nat -> Rabs (A i j) <= b j) -> Rabs (mv m A x i) <= rsum b (seq 0 m) * c.
Proof.
  intros Hc Hx HA. unfold mv. eapply Rle_trans; [apply rsum_abs|].
  rewrite Rmult_comm, <- rsum_scal. apply rsum_le. intros j Hj. apply in_seq in Hj.
  rewrite Rabs_mult. pose proof (HA j ltac:(lia)). pose proof (Hx j ltac:(lia)).
  pose proof (Rabs_pos (A i j)). pose proof (Rabs_pos (x j)). nra.
Qed.

Definition Sup : Norm.
Proof.
  refine {| nrm := sup |}.
  - intros. apply maxl_nonneg.
  - intros n. apply Rle_antisym; [|apply maxl_nonneg]. apply sup_le; [lra|]. intros.
    rewrite Rabs_R0. lra.
  - intros n x y z. pose proof (maxl_nonneg (map (fun i => Rabs (vsub x y i)) (seq 0 n))).
    pose proof (maxl_nonneg (map (fun i => Rabs (vsub y z i)) (seq 0 n))).
    apply sup_le; [unfold sup; lra|]. intros i Hi.
    pose proof (sup_ge n (vsub x y) i Hi). pose proof (sup_ge n (vsub y z) i Hi). unfold vsub in *.
    replace (x i - z i) with ((x i - y i) + (y i - z i)) by ring.
    pose proof (Rabs_triang (x i - y i) (y i - z i)). lra.
  - intros n x y H. apply sup_le; [apply maxl_nonneg|]. intros i Hi.
    eapply Rle_trans; [apply H; auto|]. apply sup_ge; auto.
  - intros. apply sup_ge; auto.
  - intros. apply sup_le; [lra|]. intros i _. destruct (i =? j)%nat; rewrite ?Rabs_R0, ?Rabs_R1;
      lra.
  - intros n m D A h x Hn Hm Hh HA.
    pose proof (maxl_nonneg (map (fun i => Rabs (x i)) (seq 0 m))) as X.
    fold (sup m x) in X. pose proof (pos_INR D). apply sup_le; [repeat apply Rmult_le_pos; auto|].
    intros i Hi. eapply Rle_trans.
    + apply (mv_abs m A x i (fun _ => h) (sup m x)); auto. intros; apply sup_ge; auto.
    + rewrite rsum_const, seq_length. apply Rmult_le_compat_r; auto. rewrite Rmult_comm.
      apply Rmult_le_compat_l; auto. apply le_INR; auto.
Defined.

Lemma Sup_opnorm n m A :
  (forall i, (i < n)%nat -> rsum (fun j => Rabs (A i j)) (seq 0 m) <= 1) <-> opnorm_le1 Sup n m A.
Proof.
  split.
  - intros H x. apply sup_le; [apply maxl_nonneg|]. intros i Hi.
    eapply Rle_trans; [apply (mv_abs m A x i (fun j => Rabs (A i j)) (sup m x))|].
    + apply maxl_nonneg.
    + intros; apply sup_ge; auto.
    + intros; lra.
    + specialize (H i Hi). pose proof (nrm_nonneg Sup m x). cbn in *. nra.
  - intros H i Hi. specialize (H (fun j => if Rle_dec 0 (A i j) then 1 else -1)).
    eapply Rle_trans with (sup m (fun j => if Rle_dec 0 (A i j) then 1 else -1)).
    + eapply Rle_trans; [|apply H]. eapply Rle_trans; [|apply (sup_ge n _ i Hi)].
      unfold mv. eapply Rle_trans; [|apply Rle_abs]. apply rsum_le. intros j _.
      unfold Rabs. destruct (Rle_dec 0 (A i j)); destruct Rcase_abs; lra.
    + apply sup_le; [lra|]. intros j _. unfold Rabs. destruct (Rle_dec 0 (A i j));
        destruct Rcase_abs; lra.
Qed.

(** ** the Euclidean norm *)
Definition dot (n : nat) (x y : vec) : R := rsum (fun i => x i * y i) (seq 0 n).
Definition euclid (n : nat) (x : vec) : R := sqrt (dot n x x).

Lemma dot_nonneg n x : 0 <= dot n x x.
Proof. apply rsum_nonneg. intros. apply Rle_0_sqr. Qed.
Lemma euclid_sqr n x : euclid n x * euclid n x = dot n x x.
Proof. apply sqrt_sqrt, dot_nonneg. Qed.
Lemma euclid_nonneg n x : 0 <= euclid n x.
Proof. apply sqrt_pos. Qed.
Lemma euclid_le n x r : 0 <= r -> dot n x x <= r * r -> euclid n x <= r.
Proof.
  intros Hr H. unfold euclid. rewrite <- (sqrt_square r) by auto. apply sqrt_le_1_alt; auto.
Qed.

(** Cauchy-Schwarz, over any list *)
Lemma cauchy_schwarz {X} (f g : X -> R) l :
  rsum (fun i => f i * g i) l * rsum (fun i => f i * g i) l <=
  rsum (fun i => f i * f i) l * rsum (fun i => g i * g i) l.
Proof.
  induction l as [|a l IH]; cbn; [lra|].
  set (F := rsum (fun i => f i * f i) l) in *. set (G := rsum (fun i => g i * g i) l) in *.
  set (S := rsum (fun i => f i * g i) l) in *.
  assert (F0 : 0 <= F) by (apply rsum_nonneg; intros; apply Rle_0_sqr).
  assert (G0 : 0 <= G) by (apply rsum_nonneg; intros; apply Rle_0_sqr).
  (* 2 f g S <= f^2 G + g^2 F *)
  enough (2 * (f a * g a) * S <= f a * f a * G + g a * g a * F) by nra.
  assert (Q : 0 <= f a * f a * G + g a * g a * F) by nra.
  assert (T : (f a * g a * S) * (f a * g a * S) <= (f a * f a * G) * (g a * g a * F)).
  { replace ((f a * g a * S) * (f a * g a * S)) with ((f a * g a) * (f a * g a) * (S * S)) by ring.
    replace ((f a * f a * G) * (g a * g a * F)) with ((f a * g a) * (f a * g a) * (F * G)) by ring.
    apply Rmult_le_compat_l; [nra|auto]. }
  set (x := f a * f a * G) in *. set (y := g a * g a * F) in *. set (z := f a * g a * S) in *.
  assert (X0 : 0 <= x) by (unfold x; nra). assert (Y0 : 0 <= y) by (unfold y; nra).
  assert (4 * (z * z) <= (x + y) * (x + y)) by (pose proof (Rle_0_sqr (x - y)); unfold Rsqr in *;
    nra).
  replace (2 * (f a * g a) * S) with (2 * z) by (unfold z; ring).
  apply Rnot_lt_le. intros C. nra.
Qed.

Lemma dot_euclid n x y : dot n x y <= euclid n x * euclid n y.
Proof.
  pose proof (cauchy_schwarz x y (seq 0 n)) as C. fold (dot n x y) (dot n x x) (dot n y y) in C.
  rewrite <- !euclid_sqr in C. pose proof (euclid_nonneg n x). pose proof (euclid_nonneg n y).
  apply Rnot_lt_le. intros L.
  assert (0 <= euclid n x * euclid n y) by (apply Rmult_le_pos; auto). nra.
Qed.

Lemma euclid_mono n x y : (forall i, (i < n)%nat -> Rabs (x i) <= Rabs (y i)) ->
  euclid n x <= euclid n y.
Proof.
  intros H. apply sqrt_le_1_alt. apply rsum_le. intros i Hi. apply in_seq in Hi.
  specialize (H i ltac:(lia)).
  apply Rsqr_le_abs_1 in H. exact H.
Qed.
Lemma euclid_coord n x i : (i < n)%nat -> Rabs (x i) <= euclid n x.
Proof.
  intros Hi. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. unfold Rsqr, dot.
  apply (rsum_in (fun i => x i * x i)); [intros; apply Rle_0_sqr|apply in_seq; lia].
Qed.

Definition Euclid : Norm.
Proof.
  refine {| nrm := euclid |}.
  - apply euclid_nonneg.
  - intros n. unfold euclid, dot. rewrite rsum_zero by (intros; lra). apply sqrt_0.
  - intros n x y z. pose proof (euclid_nonneg n (vsub x y)).
    pose proof (euclid_nonneg n (vsub y z)).
    apply euclid_le; [lra|].
    assert (Q : dot n (vsub x z) (vsub x z) = dot n (vsub x y) (vsub x y) +
      2 * dot n (vsub x y) (vsub y z) + dot n (vsub y z) (vsub y z)).
    { unfold dot. rewrite <- rsum_scal, <- !rsum_plus. apply rsum_ext. intros. unfold vsub. ring. }
    rewrite Q, <- !euclid_sqr. pose proof (dot_euclid n (vsub x y) (vsub y z)). nra.
  - apply euclid_mono.
  - intros. apply euclid_coord; auto.
  - intros n j. apply euclid_le; [lra|]. unfold dot. destruct (Nat.lt_ge_cases j n) as [H|H].
    + rewrite (rsum_ext _ (fun i => 1 * bitR (i =? j)%nat)).
      2:{ intros i _. destruct (i =? j)%nat; cbn; lra. }
      rewrite (rsum_pick (fun _ => 1)) by auto. lra.
    + rewrite rsum_zero; [lra|]. intros i Hi. apply in_seq in Hi.
      destruct (Nat.eqb_spec i j); [lia|lra].
  - intros n m D A h x Hn Hm Hh HA. pose proof (pos_INR D). pose proof (euclid_nonneg m x).
    apply euclid_le; [repeat apply Rmult_le_pos; auto|].
    eapply Rle_trans with (rsum (fun _ => (h * h * INR D) * dot m x x) (seq 0 n)).
    + apply rsum_le. intros i Hi. apply in_seq in Hi. unfold mv.
      eapply Rle_trans; [apply cauchy_schwarz|]. apply Rmult_le_compat_r; [apply dot_nonneg|].
      eapply Rle_trans; [apply (rsum_le_const _ _ (h * h))|].
      * intros j Hj. apply in_seq in Hj. pose proof (HA i j ltac:(lia) ltac:(lia)) as B.
        pose proof (Rabs_pos (A i j)). rewrite <- (Rabs_pos_eq h) in B by auto.
        apply Rsqr_le_abs_1 in B. exact B.
      * rewrite seq_length, Rmult_comm. apply Rmult_le_compat_l; [nra|]. apply le_INR; auto.
    + rewrite rsum_const, seq_length, <- euclid_sqr.
      apply Rle_trans with (INR D * (h * h * INR D * (euclid m x * euclid m x))); [|right; ring].
      apply Rmult_le_compat_r; [|apply le_INR; auto].
      repeat apply Rmult_le_pos; auto.
Defined.
